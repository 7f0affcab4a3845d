"""What is Twilio's own: Main keys that it does not make and may not tell apart, and policies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from credwatch.contract import ProviderError, Reply
from credwatch.transport import Transport
from tests.minting.sandboxes import StandardGround, TwilioGround, said

POLICY = {"allow": ["/twilio/messaging/messages/read"]}


@pytest.fixture
def restricted(tmp_path: Path, transport: Transport) -> Iterator[TwilioGround]:
    with TwilioGround(tmp_path, transport) as made:
        yield made


@pytest.fixture
def standard(tmp_path: Path, transport: Transport) -> Iterator[StandardGround]:
    with StandardGround(tmp_path, transport) as made:
        yield made


def refused(ground: TwilioGround) -> str:
    """Why it may not, said twice and in the same words, with nothing sent."""
    with pytest.raises(ProviderError) as raised:
        ground.mint()
    assert (raised.value.permanent, ground.http.changes) == (True, [])
    assert str(raised.value) == ground.minter.may(ground.minter.detail(ground.old))
    return str(raised.value)


def test_a_person_reads_what_stays_and_what_changes(restricted: TwilioGround, standard: StandardGround) -> None:
    said = restricted.minter.carried(restricted.old, None)

    assert said.same[1:] == (f"Restricted key, policy {json.dumps(POLICY)}", "never expires")
    assert standard.minter.carried(standard.old, None).same[1] == "Standard key"
    assert any("Access Tokens" in line for line in said.changes)


def test_a_main_key_that_the_list_shows_as_one_is_refused_in_few_words(standard: StandardGround) -> None:
    standard.key.admin = True

    assert refused(standard) == (
        f"SK…{standard.key.id[-4:]} is a Main key; Twilio makes those in the console only. "
        "Paste the new one: credwatch rotate … --paste"
    )


def test_where_the_list_does_not_tell_nothing_is_put_in_the_place_of_what_may_be_a_main_key(
    standard: StandardGround,
) -> None:
    standard.vendor.tells_main = False

    assert f'standard = ["{standard.key.id}"]' in refused(standard)


@pytest.mark.parametrize("by", ["sid", "name"])
def test_a_key_that_our_table_calls_standard_is_one(standard: StandardGround, by: str) -> None:
    standard.vendor.tells_main = False
    standard.minter = standard.opened(standard=[standard.key.id if by == "sid" else "voice-prod"])
    made = standard.mint()
    again = standard.minter.may(standard.minter.detail(made.facts))

    assert ("policy", "null") in (made.facts.traits or {}).items()
    assert (again == "") is (by == "name")  # its name goes on in its successor, its SID does not


def test_with_the_auth_token_as_our_login_no_key_is_known_to_be_standard(
    standard: StandardGround, tmp_path: Path
) -> None:
    token = standard.vendor.issue_token(standard.key.account)
    (tmp_path / "token").write_text(token.value)
    standard.minter = standard.opened(admin={"sid": token.id, "secret": f"file:{tmp_path}/token"})

    assert "may be a Main key" in refused(standard)


def test_a_key_whose_policy_nobody_shows_is_refused(restricted: TwilioGround) -> None:
    restricted.vendor.iam = False

    assert "does not show the policy" in refused(restricted)


def test_the_policy_stands_in_the_listing(restricted: TwilioGround) -> None:
    assert json.loads((restricted.old.traits or {})["policy"]) == POLICY


def test_a_key_that_was_made_with_another_policy_is_not_taken(restricted: TwilioGround) -> None:
    made = {"sid": f"SK{'a' * 32}", "secret": "Zz" + "b" * 30, "policy": None}
    restricted.http.answer = lambda: said(201, made)
    with pytest.raises(ProviderError, match="another policy") as raised:
        restricted.mint()

    assert raised.value.permanent is False


def test_a_gateways_404_does_not_make_a_key_gone(restricted: TwilioGround) -> None:
    restricted.http.answer = lambda: Reply(404, {}, b"<html>not here</html>")
    with pytest.raises(ProviderError) as raised:
        restricted.minter.revoke(restricted.old)

    assert raised.value.permanent is False
