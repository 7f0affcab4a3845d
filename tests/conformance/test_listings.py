"""What every listing keeps: ids, pages, parts that are shut, and what breaks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import pytest

from credwatch.contract import Inventory, Item, Listed, ProviderError, Reason, Store, Unlisted, Validity
from credwatch.sandbox.server import Response
from tests.conformance.grounds.ground import DEFECT, Ground, id_of
from tests.conformance.installed import PLUGINS
from tests.conformance.systems import GROUNDS, on

CLOSED = frozenset({Reason.FORBIDDEN, Reason.LOGIN_REFUSED, Reason.NOT_FOUND})
JSON = {"content-type": "application/json"}
BROKEN = {
    "a server error": DEFECT,
    "a page of HTML": Response.text("<!doctype html><title>Sign in</title><p>Please sign in", kind="text/html"),
    "half an answer": Response(200, b'{"keys": [{"id": "a', JSON),
    "an array": Response(200, b'["a"]', JSON),
    "nothing": Response(200, b"", JSON),
    "a redirect": Response(302, b"", {"location": "http://127.0.0.1:9/"}),
}
"""What no vendor means, and what stands between may say."""


def test_every_plug_in_that_connects_has_a_local_system_here() -> None:
    """For a new one: write a Ground, and name it in systems.py."""
    connecting = {name for name, plugin in PLUGINS.items() if plugin.provider is not None}

    assert connecting - {made.use for made in GROUNDS.values()} == set()


@on()
def test_every_power_of_a_connection_is_held_to_these_rules(ground: Ground) -> None:
    tried = {made.power for made in GROUNDS.values() if made.use == ground.use}
    with ground.connected() as provider:
        offered = {power for power in (Store, Inventory) if isinstance(provider, power)}

    assert ground.power in offered
    assert offered <= tried


@on()
def test_a_connection_bears_its_name_and_says_that_it_works(ground: Ground) -> None:
    with ground.connected() as provider:
        assert provider.name == "ours"
        assert provider.check().validity is Validity.VALID


@on()
def test_an_id_is_unique_and_can_be_kept(ground: Ground) -> None:
    ids = ground.ids()

    assert len(ids) > ground.first_page
    assert sorted(ids) == sorted(set(ids))
    assert all(known and known.encode() for known in ids)


@on()
def test_two_listings_say_the_same(ground: Ground) -> None:
    with ground.connected() as provider:
        first, second = list(ground.listing(provider)), list(ground.listing(provider))

    assert first == second
    assert [id_of(each) for each in first] == ground.ids()


@on()
def test_what_is_listed_bears_the_name_of_its_connection_or_a_kind_of_its_plug_in(ground: Ground) -> None:
    kinds = {kind.name for kind in PLUGINS[ground.use].kinds}
    with ground.connected() as provider:
        for each in ground.listing(provider):
            assert isinstance(each, Item | Listed)
            assert each.provider == "ours" if isinstance(each, Item) else each.kind.name in kinds


@on(lambda made: not made.alone)
def test_a_page_is_asked_for_when_the_one_before_is_consumed(ground: Ground) -> None:
    with ground.connected() as provider:
        listing = ground.listing(provider)
        before = [id_of(each) for each in islice(listing, ground.first_page)]
        everything = ground.ids()
        gone = ground.take()
        after = [id_of(each) for each in listing]

    assert gone in everything
    assert gone not in before
    assert [*before, *after] == [known for known in everything if known != gone]


@on(lambda made: not made.alone)
def test_a_part_that_may_not_be_listed_is_unlisted_and_hides_nothing_else(ground: Ground) -> None:
    before = ground.ids()
    ground.shut()
    with ground.connected() as provider:
        listed = list(ground.listing(provider))
    shut = [each for each in listed if isinstance(each, Unlisted)]
    hidden = set(before) - {id_of(each) for each in listed}

    assert [each.reason in CLOSED for each in shut] == [True]
    assert hidden
    assert all(known.startswith(shut[0].scope) for known in hidden)
    assert [id_of(each) for each in listed if not isinstance(each, Unlisted)] == [
        known for known in before if known not in hidden
    ]


@on(lambda made: made.alone)
def test_a_list_without_parts_that_may_not_be_read_is_an_error(ground: Ground) -> None:
    ground.shut()

    with pytest.raises(ProviderError) as forbidden:
        ground.ids()
    assert forbidden.value.reason is Reason.FORBIDDEN


@on(lambda made: made.breaks and not made.alone)
def test_a_listing_that_breaks_off_is_an_error_after_what_it_had_shown(ground: Ground) -> None:
    with ground.connected() as provider:
        listing = ground.listing(provider)
        shown = list(islice(listing, ground.first_page))
        ground.break_off()

        with pytest.raises(ProviderError) as broken:
            list(listing)

    assert not any(isinstance(each, Unlisted) for each in shown)
    assert broken.value.reason is not Reason.FORBIDDEN


@on(lambda made: made.breaks and not made.speaks_http)
def test_a_system_that_fails_is_an_error_and_no_empty_list(ground: Ground) -> None:
    ground.break_off()

    with pytest.raises(ProviderError):
        ground.ids()


def outcome(work: Callable[[], object]) -> Reason | None:
    """Why it failed; None when it did not."""
    try:
        work()
    except ProviderError as error:
        return error.reason
    return None


@on(lambda made: made.speaks_http)
def test_an_answer_that_is_none_is_an_error_and_no_empty_list(ground: Ground) -> None:
    with ground.connected() as provider:
        list(ground.listing(provider))
        said = {}
        for name, answer in BROKEN.items():
            ground.break_off(answer)
            said[name] = outcome(lambda: list(ground.listing(provider)))

    assert {name: reason for name, reason in said.items() if reason in {None, *CLOSED}} == {}


@on(lambda made: made.speaks_http and made.power is Store)
def test_an_answer_that_is_none_is_no_value(ground: Ground) -> None:
    with ground.connected() as provider:
        first = next(ground.listing(provider))
        said = {}
        for name, answer in BROKEN.items():
            ground.break_off(answer)
            said[name] = outcome(lambda: provider.read(first))

    assert {name: reason for name, reason in said.items() if reason in {None, *CLOSED}} == {}


@on(lambda made: made.speaks_http)
def test_an_answer_that_is_none_does_not_make_our_own_login_refused(ground: Ground) -> None:
    said = {}
    for name, answer in BROKEN.items():
        ground.break_off(answer)
        with ground.connected() as provider:
            try:
                said[name] = provider.check().validity
            except ProviderError as error:
                said[name] = Validity.INVALID if error.permanent else Validity.UNKNOWN

    assert said == dict.fromkeys(BROKEN, Validity.UNKNOWN)


@on()
def test_a_login_that_is_refused_is_an_answer_and_never_that_it_works(ground: Ground) -> None:
    ground.refuse()
    with ground.connected() as provider:
        checked = provider.check()

    assert checked.validity is not Validity.VALID


@on(lambda made: made.power is Store)
def test_what_is_gone_meanwhile_cannot_be_read_and_that_is_said(ground: Ground) -> None:
    with ground.connected() as provider:
        items = {id_of(each): each for each in ground.listing(provider)}
        gone = items[ground.take()]

        with pytest.raises(ProviderError):
            provider.read(gone)
