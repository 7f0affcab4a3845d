"""What is Deepgram's own: a page in two shapes, a last use, and words for a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from credwatch.contract import NEVER, Carried, Disables, ProviderError, Reason, Sunsets
from credwatch.transport import Transport
from tests.minting.ground import MARK
from tests.minting.sandboxes import DeepgramGround
from tests.servers.vendors import NOON


@pytest.fixture
def deepgram(tmp_path: Path, transport: Transport) -> Iterator[DeepgramGround]:
    with DeepgramGround(tmp_path, transport) as made:
        yield made


def test_a_person_reads_what_stays_and_what_changes(deepgram: DeepgramGround) -> None:
    assert deepgram.minter.carried(deepgram.old, None) == Carried(
        same=("scopes usage:read, usage:write", "tags voice, prod, which Deepgram cannot change later"),
        changes=(
            "belongs to rotator@example.com, no longer to ana@example.com: it will not die with that account",
            "expires in 90 days, 19 Feb 2027, as long as the old one had",
        ),
    )


def test_a_lifetime_that_a_rule_names_is_compared_with_the_old_one(deepgram: DeepgramGround) -> None:
    said = [deepgram.minter.carried(deepgram.old, timedelta(days=days)).changes[-1] for days in (90, 30)]

    assert said == [
        "expires in 90 days, 19 Feb 2027; the old one had 90 days too",
        "expires in 30 days, 21 Dec 2026; the old one had 90 days",
    ]


def test_the_same_member_is_no_change_and_an_unknown_one_is_said_to_be(deepgram: DeepgramGround) -> None:
    deepgram.key.owner = deepgram.shop.admin.owner
    same = deepgram.minter.carried(deepgram.old, None)
    deepgram.vendor.tells_ids = False
    unknown = deepgram.minter.carried(deepgram.old, None)

    assert "belongs to rotator@example.com" in same.same
    assert unknown.changes[0].startswith("belongs to whoever made the key that credwatch works with")


@pytest.mark.parametrize("scopes", [None, frozenset()])
def test_without_scopes_none_like_it_can_be_made(deepgram: DeepgramGround, scopes: frozenset[str] | None) -> None:
    like = replace(deepgram.old, scopes=scopes)
    with pytest.raises(ProviderError) as raised:
        deepgram.minter.mint(like, MARK, None)

    assert (raised.value.permanent, deepgram.http.changes, "scopes" in deepgram.minter.may(like)) == (True, [], True)


def test_a_key_without_an_end_has_a_successor_without_one(deepgram: DeepgramGround) -> None:
    deepgram.key.expires = None
    made = deepgram.mint()

    assert (made.facts.expires, deepgram.minter.detail(made.facts).expires) == (NEVER, NEVER)
    assert "never expires" in deepgram.minter.carried(deepgram.old, None).same


def test_a_lifetime_that_nobody_knows_is_asked_for_and_not_made_up(deepgram: DeepgramGround) -> None:
    like = replace(deepgram.old, expires=None)
    with pytest.raises(ProviderError, match="Say so in a rule: expires") as raised:
        deepgram.minter.mint(like, MARK, None)

    assert (raised.value.permanent, deepgram.http.changes) == (True, [])
    assert deepgram.minter.mint(like, MARK, timedelta(days=9)).facts.expires == NOON + timedelta(days=9)


def test_the_last_use_is_the_last_request(deepgram: DeepgramGround) -> None:
    unused = deepgram.minter.detail(deepgram.old).last_used
    deepgram.key.last_used = NOON - timedelta(hours=3)
    used = deepgram.minter.detail(deepgram.old).last_used
    deepgram.vendor.tells_use = False
    untold = deepgram.minter.detail(deepgram.old).last_used

    assert (unused, used, untold) == (None, NOON - timedelta(hours=3), None)


def test_a_request_list_that_begins_with_the_oldest_tells_no_last_use(deepgram: DeepgramGround) -> None:
    deepgram.key.last_used = NOON - timedelta(days=9)
    deepgram.vendor.newest_first = False

    assert deepgram.minter.detail(deepgram.old).last_used is None


def test_a_project_that_is_not_there_does_not_make_a_key_gone(deepgram: DeepgramGround) -> None:
    old = deepgram.old
    deepgram.vendor.projects.clear()
    with pytest.raises(ProviderError) as raised:
        deepgram.minter.detail(old)

    assert raised.value.reason is Reason.NOT_FOUND


def test_a_new_key_is_refused_while_it_goes_round_and_works_then(deepgram: DeepgramGround) -> None:
    deepgram.vendor.settles = timedelta(seconds=20)
    made = deepgram.mint()
    early = deepgram.probe(made.values)
    deepgram.pass_time(20)

    assert (early.value, deepgram.probe(made.values).value) == ("invalid", "valid")


def test_deepgram_can_neither_switch_a_key_off_nor_give_it_an_end(deepgram: DeepgramGround) -> None:
    assert not isinstance(deepgram.minter, Disables | Sunsets)


def test_the_listing_tells_the_tags(deepgram: DeepgramGround) -> None:
    assert deepgram.old.traits == {"tags": json.dumps(["voice", "prod"])}


def test_the_rights_to_rotate_are_an_owners(deepgram: DeepgramGround) -> None:
    said = deepgram.minter.least_privilege()

    assert ("as an Owner" in said, "project:read keys:read keys:write usage:read\n" in said) == (True, True)
