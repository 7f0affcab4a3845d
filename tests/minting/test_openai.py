"""What is OpenAI's own: scopes that it does not show, and keys that one version of it does not delete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from credwatch.contract import NEVER, ProviderError
from credwatch.transport import Transport
from tests.minting.ground import MARK
from tests.minting.sandboxes import OpenAIGround
from tests.servers.vendors import NOON


@pytest.fixture
def openai(tmp_path: Path, transport: Transport) -> Iterator[OpenAIGround]:
    with OpenAIGround(tmp_path, transport) as made:
        yield made


def test_a_person_reads_what_stays_and_what_changes(openai: OpenAIGround) -> None:
    said = openai.minter.carried(openai.old, None)

    assert said.same == (
        "belongs to service account voice-prod (service)",
        "scopes api.files.read, api.model.request",
    )
    assert said.changes == ("expires in 90 days, 19 Feb 2027, as long as the old one had",)


def test_scopes_that_nobody_knows_are_asked_for_and_not_left_out(openai: OpenAIGround) -> None:
    openai.minter = openai.opened(scopes={})
    with pytest.raises(ProviderError) as raised:
        openai.mint()

    assert 'scopes = { "sa_1" = ["…"] }' in openai.minter.may(openai.old)
    assert (raised.value.permanent, openai.http.changes) == (True, [])


@pytest.mark.parametrize(
    ("table", "shows", "scopes"),
    [
        ({"sa_1": ["a", "b"]}, False, {"a", "b"}),
        ({"voice-prod (service)": ["a"]}, False, {"a"}),
        ({"sa_1": "all"}, False, set()),
        ({"sa_1": ["a"]}, True, {"api.model.request", "api.files.read"}),
        ({}, True, {"api.model.request", "api.files.read"}),
    ],
)
def test_scopes_are_those_that_are_shown_or_else_those_of_our_table(
    openai: OpenAIGround,
    table: dict[str, Any],
    shows: bool,  # noqa: FBT001  a table
    scopes: set[str],
) -> None:
    openai.vendor.shows_scopes = shows
    openai.minter = openai.opened(scopes=table)
    made = openai.mint()
    key = next(key for key in openai.vendor.keys if key.id == made.facts.key_id)

    assert [set(each or ()) for each in (openai.old.scopes, made.facts.scopes, key.scopes)] == [scopes] * 3


def test_a_persons_key_and_an_admin_key_are_refused_with_a_way_out(openai: OpenAIGround) -> None:
    openai.key.owner = "luis@example.com"
    said = openai.minter.may(openai.old), openai.minter.may(openai.mine)

    assert "belongs to luis@example.com" in said[0]
    assert all("--paste" in each for each in said)
    with pytest.raises(ProviderError) as raised:
        openai.minter.mint(openai.old, MARK, None)
    assert (raised.value.permanent, openai.http.changes) == (True, [])


def test_where_a_key_cannot_be_deleted_it_is_given_an_end_and_the_error_says_when(openai: OpenAIGround) -> None:
    old, openai.vendor.deletes = openai.old, False
    said = []
    for seconds in (0, 30, 30):
        openai.pass_time(seconds)
        try:
            openai.minter.revoke(old)
        except ProviderError as error:
            said.append((str(error), error.permanent))

    assert (
        said
        == [(f"OpenAI deletes no key of a service account; {old.key_id} ends by itself at 12:01:00 UTC", False)] * 2
    )
    assert [change.what for change in openai.vendor.changes] == ["date"]
    assert openai.minter.detail(old) is None


def test_an_end_that_comes_sooner_is_left_as_it_is(openai: OpenAIGround) -> None:
    openai.minter.sunset(openai.old, NOON + timedelta(days=100))

    assert openai.http.changes == []


def test_a_key_without_an_end_has_a_successor_without_one(openai: OpenAIGround) -> None:
    openai.key.expires = None

    assert openai.minter.detail(openai.mint().facts).expires == NEVER


def test_a_service_account_of_no_name_is_no_path(openai: OpenAIGround) -> None:
    for account in ("", "..", "a/b"):
        with pytest.raises(ProviderError) as raised:
            openai.minter.mint(replace(openai.old, traits={"service_account": account}), MARK, None)

        assert (raised.value.permanent, openai.http.changes) == (True, [])
