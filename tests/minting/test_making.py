"""A successor: one, under its mark, like the key before it, and at work at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from credwatch.contract import Asks, Facts, Minter, ProviderError, Reason, Reply, TransportError, Validity
from credwatch.sandbox.keys import Fault
from tests.conformance.test_hostile_names import HOSTILE
from tests.minting.ground import EARLIER, MARK, Ground


def test_a_connection_has_all_that_a_minter_promises(ground: Ground) -> None:
    assert isinstance(ground.minter, Minter)
    assert ground.kind.name in ground.minter.mints
    assert (ground.minter.marks, ground.minter.limit) == (True, None)
    assert (isinstance(ground.minter, Asks) and ground.kind.name in ground.minter.asks) is not ground.listed


def test_exactly_one_key_is_made_by_exactly_one_request(ground: Ground) -> None:
    before = ground.alive()
    made = ground.mint()

    assert ground.alive() - before == {ground.identity(made.values)}
    assert ground.alive() >= before
    assert len(ground.http.changes) == 1


def test_it_is_found_again_by_its_mark(ground: Ground) -> None:
    before = [one.facts.key_id for one in ground.minter.beside(ground.old)]
    made = ground.mint()

    assert ground.marked() == ([made.facts.key_id] if ground.listed else [])
    assert made.facts.key_id not in before


def test_the_old_key_stands_beside_it(ground: Ground) -> None:
    ground.mint()
    found = [one.facts.key_id for one in ground.minter.beside(ground.old)]

    assert (ground.old.key_id in found) is ground.listed


def test_it_works_where_keys_are_tried_and_has_a_value_for_every_role_of_its_own(ground: Ground) -> None:
    made = ground.mint()

    assert ground.probe(made.values) is Validity.VALID
    assert made.values.keys() == ground.roles


def test_what_is_said_of_it_is_what_its_vendor_says_afterwards(ground: Ground) -> None:
    made = ground.mint().facts
    there = ground.minter.detail(made)

    assert there is not None
    for name, said in vars(made).items():
        if name not in {"traits", "creator", "personal"} and said is not None:
            assert getattr(there, name) == said, name


def test_everything_is_carried_over(ground: Ground) -> None:
    old = ground.minter.detail(ground.old)
    new = ground.minter.detail(ground.mint().facts)

    assert (new.account, new.scopes, new.traits) == (old.account, old.scopes, old.traits)
    assert ground.old.traits == old.traits
    if old.created is not None:
        assert new.expires == (old.expires if not ground.dated else new.created + (old.expires - old.created))
    if ground.listed:
        assert new.name == f"voice-prod {MARK}"


def test_it_lives_as_long_as_it_is_told(ground: Ground) -> None:
    like = ground.minter.detail(ground.old)
    new = ground.minter.mint(like, MARK, timedelta(days=7)).facts

    assert new.expires == (new.created + timedelta(days=7) if ground.dated else like.expires)


def test_a_key_that_is_gone_is_replaced_from_its_last_sighting(ground: Ground) -> None:
    seen = ground.old
    if ground.listed:
        ground.minter.revoke(seen)
        assert ground.minter.detail(seen) is None
    made = ground.minter.mint(seen, MARK, None)

    assert ground.probe(made.values) is Validity.VALID
    assert made.facts.scopes == seen.scopes


def test_at_the_limit_it_says_so_and_nothing_is_made(ground: Ground) -> None:
    ground.crowd()
    before = ground.alive()
    with pytest.raises(ProviderError) as raised:
        ground.mint()

    assert (raised.value.reason, raised.value.permanent) == (Reason.AT_LIMIT, True)
    assert (ground.alive(), len(ground.http.changes)) == (before, 1)


@pytest.mark.parametrize(
    ("fault", "more"), [(Fault.BEFORE, 0), (Fault.AFTER, 1), (Fault.LOST, 1), (Fault.GARBLED, 1), (Fault.LATE, 0)]
)
def test_without_an_answer_nobody_knows_and_the_key_if_there_is_one_is_found(
    ground: Ground, fault: Fault, more: int
) -> None:
    before = ground.alive()
    ground.fault(fault)
    with pytest.raises(ProviderError) as raised:
        ground.mint()

    assert (raised.value.permanent, len(ground.http.changes)) == (False, 1)
    assert len(ground.alive() - before) == more
    assert len(ground.marked()) == (more if ground.listed else 0)


def test_a_key_that_comes_to_be_late_is_found_then(ground: Ground) -> None:
    before = ground.alive()
    ground.fault(Fault.LATE)
    with pytest.raises(ProviderError):
        ground.mint()
    ground.pass_time(30)
    marked = ground.marked()

    assert len(marked) == ground.listed
    ground.minter.check()
    assert len(ground.alive() - before) == 1


def _silent() -> Reply:
    raise TransportError(Reason.TIMEOUT)


UNSURE: dict[str, Callable[[], Reply]] = {
    "no answer": _silent,
    "too many": lambda: Reply(429, {"retry-after": "1"}, b"{}"),
    "down": lambda: Reply(503, {}, b"{}"),
    "a gateway's refusal": lambda: Reply(403, {}, b"<html>no</html>"),
    "a gateway's page": lambda: Reply(200, {}, b"<html>hello</html>"),
    "nothing": lambda: Reply(201, {}, b""),
    "less than a key": lambda: Reply(201, {}, b"{}"),
    "elsewhere": lambda: Reply(302, {"location": "https://evil.example/"}, b""),
    "timed out": lambda: Reply(408, {}, b'{"code": 20001, "more_info": "", "err_code": "TIMEOUT"}'),
}


@pytest.mark.parametrize("answer", UNSURE.values(), ids=UNSURE)
def test_an_answer_that_may_be_anybodys_leaves_it_open_whether_a_key_was_made(
    ground: Ground, answer: Callable[[], Reply]
) -> None:
    ground.http.answer = answer
    with pytest.raises(ProviderError) as raised:
        ground.mint()

    assert (raised.value.permanent, len(ground.http.changes)) == (False, 1)


def test_the_vendors_own_refusal_is_certain(ground: Ground) -> None:
    for name, reply in ground.refusals().items():
        ground.http.answer = lambda reply=reply: reply
        with pytest.raises(ProviderError) as raised:
            ground.mint()

        assert raised.value.permanent, name
        assert str(reply.status) in str(raised.value)


def test_a_name_that_somebody_chose_to_do_harm_leaves_the_mark_whole(ground: Ground) -> None:
    for name in HOSTILE.values():
        if not ground.rename(name):
            assert not ground.listed
            return
        before = ground.alive()
        made = ground.mint()

        assert ground.marked() == [made.facts.key_id], name
        assert ground.alive() - before == {ground.identity(made.values)}
        assert len(made.facts.name or "") <= ground.longest
        assert (made.facts.name or "").startswith(name.strip()[:20].rstrip())
        ground.minter.revoke(made.facts)


def test_the_mark_of_an_earlier_rotation_does_not_stay_in_the_name(ground: Ground) -> None:
    named = ground.rename(f"voice-prod {EARLIER}")

    assert ground.mint().facts.name == (f"voice-prod {MARK}" if named else "Auth Token")


@pytest.mark.parametrize("account", [None, "", "..", "a/b", "a?b", "%2e%2e", "p-1/keys#"])
def test_an_account_that_is_none_is_refused_before_anything_is_sent(ground: Ground, account: str | None) -> None:
    with pytest.raises(ProviderError) as raised:
        ground.minter.mint(ground.of(account), MARK, None)

    assert (raised.value.permanent, ground.http.changes) == (True, [])


def test_reading_changes_nothing(ground: Ground) -> None:
    old = ground.minter.detail(ground.old)
    list(ground.minter.beside(old))
    said = (ground.minter.may(old), ground.minter.carried(old, None), ground.minter.carried(old, timedelta(days=1)))

    assert said[0] == ""
    assert all(lines.same + lines.changes + lines.lost for lines in said[1:])
    assert ground.http.changes == []


def test_a_like_of_which_nothing_is_known_is_refused_before_anything_is_sent(ground: Ground) -> None:
    with pytest.raises(ProviderError) as raised:
        ground.minter.mint(Facts(name="voice-prod"), MARK, None)

    assert (raised.value.permanent, ground.http.changes) == (True, [])
