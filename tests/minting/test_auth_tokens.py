"""The exchange of an Auth Token: a second one, then its promotion, which ends the first for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from credwatch.contract import Facts, ProviderError, Reason
from credwatch.transport import Transport
from tests.minting.sandboxes import AuthTokenGround, said


@pytest.fixture
def tokens(tmp_path: Path, transport: Transport) -> Iterator[AuthTokenGround]:
    with AuthTokenGround(tmp_path, transport) as made:
        yield made


def refuses(tokens: AuthTokenGround, key: Facts) -> bool:
    """Whether neither a second token is made nor one promoted, for certain and with nothing sent."""
    with pytest.raises(ProviderError) as making:
        tokens.minter.mint(key, "", None)
    with pytest.raises(ProviderError) as ending:
        tokens.minter.revoke(key)
    return making.value.permanent and ending.value.permanent and not tokens.http.changes


def test_both_tokens_work_until_the_promotion_and_then_the_new_one(tokens: AuthTokenGround) -> None:
    old = {"token": tokens.secret_of_old()}
    made = tokens.mint()
    before = tokens.probe(old).value, tokens.probe(made.values).value
    tokens.minter.revoke(tokens.old)

    assert before == ("valid", "valid")
    assert (tokens.probe(old).value, tokens.probe(made.values).value) == ("invalid", "valid")


def test_another_process_may_end_what_one_has_begun(tokens: AuthTokenGround) -> None:
    made = tokens.mint()
    tokens.opened().revoke(made.facts)

    assert tokens.probe(made.values).value == "invalid"
    again = tokens.mint()
    tokens.opened().revoke(tokens.old)
    assert tokens.probe(again.values).value == "valid"


def test_the_next_exchange_begins_with_two_living_names(tokens: AuthTokenGround) -> None:
    tokens.mint()
    tokens.minter.revoke(tokens.old)
    gone = tokens.minter.detail(tokens.old)
    tokens.minter.mint(tokens.old, "", None)

    assert (gone, tokens.minter.detail(tokens.old) is None) == (None, False)


def test_a_person_reads_that_signatures_flip_and_that_the_old_one_ends_at_once(tokens: AuthTokenGround) -> None:
    lines = tokens.minter.carried(tokens.old, timedelta(days=90))

    assert "X-Twilio-Signature" in lines.changes[0]
    assert lines.lost == (
        "the old token, for everybody in that same moment; it cannot be had back",
        "an end: Auth Tokens have none",
    )


def test_a_person_must_say_when(tokens: AuthTokenGround) -> None:
    assert tokens.minter.asks == frozenset({"twilio-auth-token"})


def test_the_token_with_which_we_log_in_is_left_alone(tokens: AuthTokenGround, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(tokens.key.value)
    tokens.minter = tokens.opened(admin={"sid": tokens.key.id, "secret": f"file:{tmp_path}/token"})
    assert refuses(tokens, tokens.old)
    assert "[rotate.identities]" in tokens.minter.may(tokens.old)


def test_the_token_of_a_subaccount_is_left_alone(tokens: AuthTokenGround) -> None:
    sub = replace(tokens.old, account=tokens.vendor.open("sub", parent=tokens.key.account).sid)

    assert refuses(tokens, sub)


def test_a_second_token_of_another_account_is_deleted_again(tokens: AuthTokenGround) -> None:
    other = tokens.vendor.open("other").sid
    tokens.vendor.issue_token(other)
    tokens.shop.admin.account = other
    before = tokens.alive()
    with pytest.raises(ProviderError) as raised:
        tokens.minter.mint(tokens.old, "", None)

    assert (raised.value.reason, raised.value.permanent, tokens.alive()) == (Reason.WRONG_ACCOUNT, True, before)


def test_a_main_key_that_may_not_exchange_is_told_so_for_certain(tokens: AuthTokenGround) -> None:
    tokens.vendor.exchanges = False
    with pytest.raises(ProviderError) as raised:
        tokens.mint()

    assert (raised.value.reason, raised.value.permanent) == (Reason.LOGIN_REFUSED, True)


def test_any_other_refusal_of_a_second_token_means_that_one_is_left_over(tokens: AuthTokenGround) -> None:
    words = {"code": 20009, "message": "no", "more_info": "https://www.twilio.com/docs/errors/20009", "status": 409}
    tokens.http.answer = lambda: said(409, words)
    with pytest.raises(ProviderError, match="left over") as raised:
        tokens.mint()

    assert (raised.value.reason, raised.value.permanent) == (Reason.AT_LIMIT, True)
