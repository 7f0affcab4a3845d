"""The end of a key: of exactly this one, and never of another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from credwatch.contract import Disables, Facts, Item, ProviderError, Step, Sunsets, Validity
from credwatch.sandbox.keys import Fault
from tests.minting.ground import Ground

NO_IDS = ["", "..", ".", "a/b", "../keys", "x?y=1", "%2e%2e", "#", "k\r\nx", "sk-1 ", "é", "n" * 300]


def test_the_old_key_ends_and_no_other_does(ground: Ground) -> None:
    made = ground.mint()
    before = ground.alive()
    ground.minter.revoke(ground.old)

    assert before - ground.alive() == {ground.of_old()}
    assert ground.probe(made.values) is Validity.VALID
    assert ground.minter.detail(made.facts) is not None


def test_a_new_key_that_nobody_uses_is_unmade(ground: Ground) -> None:
    before = ground.alive()
    made = ground.mint()
    ground.minter.revoke(made.facts)

    assert (ground.alive(), ground.minter.detail(made.facts)) == (before, None)
    assert ground.probe(made.values) is Validity.INVALID


def test_that_it_is_gone_already_is_no_error(ground: Ground) -> None:
    old = ground.old
    ground.mint()
    ground.minter.revoke(old)
    after = ground.alive()
    ground.minter.revoke(old)

    assert (ground.alive(), ground.minter.detail(old)) == (after, None)


@pytest.mark.parametrize(("fault", "gone"), [(Fault.BEFORE, 0), (Fault.AFTER, 1), (Fault.LOST, 1), (Fault.LATE, 0)])
def test_without_an_answer_nobody_knows_and_a_second_time_it_is_certain(
    ground: Ground, fault: Fault, gone: int
) -> None:
    old = ground.old
    ground.mint()
    before, sent = ground.alive(), len(ground.http.changes)
    ground.fault(fault)
    with pytest.raises(ProviderError) as raised:
        ground.minter.revoke(old)

    assert (raised.value.permanent, len(ground.http.changes) - sent) == (False, 1)
    assert len(before - ground.alive()) == gone
    ground.minter.revoke(old)
    assert before - ground.alive() == {ground.of_old()}


def test_an_id_that_is_none_is_refused_before_anything_is_sent(ground: Ground) -> None:
    before, old = ground.alive(), ground.minter.detail(ground.old)
    for key_id in NO_IDS:
        with pytest.raises(ProviderError) as raised:
            ground.minter.revoke(replace(old, key_id=key_id))

        assert (raised.value.permanent, ground.http.changes, ground.alive()) == (True, [], before), key_id


def test_the_vendors_own_refusal_to_unmake_is_certain(ground: Ground) -> None:
    ground.mint()
    for name, reply in ground.refusals().items():
        ground.http.answer = lambda reply=reply: reply
        with pytest.raises(ProviderError) as raised:
            ground.minter.revoke(ground.old)

        assert raised.value.permanent, name


def test_the_key_that_we_work_with_is_never_touched(ground: Ground) -> None:
    mine, before = ground.mine, ground.alive()
    with pytest.raises(ProviderError) as raised:
        ground.minter.revoke(mine)

    assert (raised.value.permanent, ground.http.changes, ground.alive()) == (True, [], before)
    assert ground.minter.may(mine) != ""


def test_switched_off_it_is_refused_and_switched_on_it_works_as_before(ground: Ground) -> None:
    assert isinstance(ground.minter, Disables) is ground.kind.disables
    if not ground.kind.disables:
        return
    made = ground.mint()
    before = ground.minter.detail(made.facts)
    ground.minter.disable(made.facts)
    off, shown = ground.probe(made.values), ground.minter.detail(made.facts)
    ground.minter.enable(made.facts)

    assert (off is Validity.VALID, shown.disabled) == (False, True)
    assert (ground.probe(made.values), ground.minter.detail(made.facts)) == (Validity.VALID, before)


def test_given_an_end_it_works_until_then_and_a_second_time_moves_nothing(ground: Ground) -> None:
    assert isinstance(ground.minter, Sunsets) is ground.fades
    if not ground.fades:
        return
    made = ground.mint()
    ends = (made.facts.created or ground.http.now()) + timedelta(hours=1)
    ground.minter.sunset(made.facts, ends)
    ground.pass_time(1800)
    ground.minter.sunset(made.facts, ends)
    there, works = ground.minter.detail(made.facts), ground.probe(made.values)
    ground.pass_time(1801)

    assert (there.expires, works, ground.probe(made.values) is Validity.VALID) == (ends, Validity.VALID, False)
    assert (there.scopes, there.name, there.traits) == (made.facts.scopes, made.facts.name, made.facts.traits)


def test_the_calls_that_a_plan_names_are_the_ones_that_are_sent(ground: Ground) -> None:
    made = ground.mint().facts
    steps, subjects = [Step.MINT], [ground.minter.detail(ground.old)]
    if isinstance(ground.minter, Disables):
        ground.minter.disable(made)
        ground.minter.enable(made)
        steps, subjects = [*steps, Step.DISABLE, Step.ENABLE], [*subjects, made, made]
    if ground.fades:
        ground.minter.sunset(made, ground.http.now() + timedelta(hours=1))
        steps, subjects = [*steps, Step.SUNSET], [*subjects, made]
    ground.minter.revoke(made)
    said = [ground.minter.call(*each) for each in zip([*steps, Step.REVOKE], [*subjects, made], strict=True)]

    assert said == [f"{method} {url.partition('://')[2]}" for method, url in ground.http.changes]
    assert ground.minter.call(Step.STAGE, made) == ""
    assert ground.minter.call(Step.MINT, Item("ours", "kv/voice")) == ""


def test_nothing_is_known_of_nobodys_key(ground: Ground) -> None:
    with pytest.raises(ProviderError) as raised:
        ground.minter.revoke(Facts(name="voice-prod"))

    assert (raised.value.permanent, ground.http.changes) == (True, [])
