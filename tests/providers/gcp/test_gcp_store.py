"""Secret Manager's own messages over TLS, through the unmodified plug-in."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from credwatch.contract import Inventory, Item, Needs, ProviderError, Reason, Store, Unlisted, Validity
from tests.servers.gcp import SecretManager, secret_manager

MADE = datetime(2026, 3, 1, tzinfo=UTC)
SOON = datetime(2026, 12, 24, tzinfo=UTC)


def only(projects: Store) -> Item:
    (item,) = projects.items()
    assert isinstance(item, Item)
    return item


def test_it_is_a_store_and_only_with_keys_an_inventory(opened: Any) -> None:
    plain, with_keys = opened(), opened(service_account_keys=True)

    assert all(isinstance(one, power) for one in (plain, with_keys) for power in (Store, Needs))
    assert [isinstance(one, Inventory) for one in (plain, with_keys)] == [False, True]


def test_a_secret_is_listed_with_its_newest_version(opened: Any, google: SecretManager) -> None:
    google.put("voice-prod-1", "elevenlabs-tts", b"one", b"two", made=MADE, labels={"team": "voice"})

    assert only(opened()) == Item(
        "gcp-voice", "voice-prod-1/elevenlabs-tts", version="2", labels={"team": "voice"}, written_at=MADE
    )


def test_a_date_is_a_plain_one(opened: Any, google: SecretManager) -> None:
    google.put("voice-prod-1", "a", b"one", made=MADE, expire_time=SOON)
    item = only(opened())

    assert [type(moment) for moment in (item.written_at, item.deletes_at)] == [datetime, datetime]


@pytest.mark.parametrize(
    ("more", "field", "value"),
    [
        ({"expire_time": SOON}, "deletes_at", SOON),
        (
            {"rotation": {"rotation_period": timedelta(days=30), "next_rotation_time": SOON}},
            "due_at",
            MADE + timedelta(30),
        ),
        ({"rotation": {"next_rotation_time": SOON}}, "due_at", SOON),
        ({}, "due_at", None),
        ({}, "deletes_at", None),
        ({}, "managed", False),
    ],
)
def test_the_dates_of_a_secret(
    opened: Any, google: SecretManager, more: dict[str, Any], field: str, value: Any
) -> None:
    google.put("voice-prod-1", "a", b"one", made=MADE, **more)

    assert getattr(only(opened()), field) == value


def test_the_newest_version_that_is_switched_on_counts(opened: Any, google: SecretManager) -> None:
    path = google.put("voice-prod-1", "a", b"one", b"two", b"three", made=MADE)
    google.switch(path, 3, "DISABLED")
    projects = opened()

    item = only(projects)

    assert (item.version, item.written_at) == ("2", MADE - timedelta(days=1))
    assert projects.read(item).parts[""].reveal() == "two"


def test_what_is_read_is_what_latest_gives_though_the_listing_is_older(opened: Any, google: SecretManager) -> None:
    google.put("voice-prod-1", "a", b"one")
    projects = opened()
    item = only(projects)
    google.put("voice-prod-1", "a", b"one", b"two")

    assert projects.read(item).parts[""].reveal() == "two"


@pytest.mark.parametrize("states", [["DISABLED", "DESTROYED"], []])
def test_without_a_version_that_is_switched_on_there_is_nothing_to_read(
    opened: Any, google: SecretManager, states: list[str]
) -> None:
    path = google.put("voice-prod-1", "a", *(b"value" for _ in states))
    for number, state in enumerate(states, 1):
        google.switch(path, number, state)

    item = only(opened())

    assert (item.readable, item.version, item.written_at) == (False, "", None)


def test_bytes_are_read_as_they_are(opened: Any, google: SecretManager) -> None:
    google.put("voice-prod-1", "a", b"\x00\xff")
    projects = opened()

    assert projects.read(only(projects)).parts[""].reveal_bytes() == b"\x00\xff"


def test_only_names_that_were_asked_for_are_listed(opened: Any, google: SecretManager) -> None:
    for name in ("tts-eu", "tts-us", "billing", "att"):
        google.put("voice-prod-1", name, b"1")

    assert [item.locator for item in opened(secrets=["tts-*", "bill**"]).items()] == [
        "voice-prod-1/billing",
        "voice-prod-1/tts-eu",
        "voice-prod-1/tts-us",
    ]


def test_pages_are_asked_for_one_by_one(opened: Any, google: SecretManager) -> None:
    for number in range(101):
        google.put("voice-prod-1", f"n{number:03}", b"1")
    items = opened().items()

    def asked() -> int:
        return [method for method, _ in google.calls].count("ListSecrets")

    next(items)

    assert (asked(), sum(1 for _ in items), asked()) == (1, 100, 2)


def test_a_project_that_is_shut_hides_only_itself(opened: Any, google: SecretManager) -> None:
    google.put("voice-prod-2", "a", b"1")
    google.shut.add("voice-prod-1")

    shut, found = opened(projects=["voice-prod-1", "voice-prod-2"]).items()

    assert isinstance(shut, Unlisted)
    assert (shut.scope, shut.reason) == ("voice-prod-1/", Reason.FORBIDDEN)
    assert "secretmanager.secrets.list" in shut.message
    assert found.locator == "voice-prod-2/a"


def test_a_project_that_breaks_is_an_error_after_the_others_were_listed(opened: Any, google: SecretManager) -> None:
    google.put("voice-prod-2", "a", b"1")
    google.refuse("ListSecrets", grpc.StatusCode.INTERNAL)
    items = opened(projects=["voice-prod-1", "voice-prod-2"]).items()

    assert next(items).locator == "voice-prod-2/a"
    with pytest.raises(ProviderError) as broken:
        next(items)
    assert broken.value.reason is Reason.SERVER_ERROR


def test_a_secret_that_goes_meanwhile_is_left_out(opened: Any, google: SecretManager) -> None:
    gone = google.put("voice-prod-1", "a", b"1")
    google.put("voice-prod-1", "b", b"1")
    del google.versions[gone]

    assert only(opened()).locator == "voice-prod-1/b"


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED])
def test_a_busy_server_is_asked_again(opened: Any, google: SecretManager, code: grpc.StatusCode) -> None:
    google.put("voice-prod-1", "a", b"1")
    for method in ("ListSecrets", "ListSecretVersions", "AccessSecretVersion"):
        google.refuse(method, code)
    projects = opened()

    assert projects.read(only(projects)).parts[""].reveal() == "1"


@pytest.mark.parametrize(
    ("code", "reason", "permanent"),
    [
        (grpc.StatusCode.PERMISSION_DENIED, Reason.FORBIDDEN, True),
        (grpc.StatusCode.UNAUTHENTICATED, Reason.LOGIN_REFUSED, True),
        (grpc.StatusCode.NOT_FOUND, Reason.NOT_FOUND, False),
        (grpc.StatusCode.INTERNAL, Reason.SERVER_ERROR, False),
        (grpc.StatusCode.DEADLINE_EXCEEDED, Reason.TIMEOUT, False),
        (grpc.StatusCode.DATA_LOSS, Reason.UNEXPECTED, False),
    ],
)
def test_why_a_value_cannot_be_read(
    opened: Any, google: SecretManager, code: grpc.StatusCode, reason: Reason, *, permanent: bool
) -> None:
    google.refuse("AccessSecretVersion", code)

    with pytest.raises(ProviderError) as refused:
        opened().read(Item("gcp-voice", "voice-prod-1/a"))

    assert (refused.value.reason, refused.value.permanent) == (reason, permanent)


@pytest.mark.parametrize(
    ("code", "validity", "reason"),
    [
        (None, Validity.VALID, Reason.OK),
        (grpc.StatusCode.PERMISSION_DENIED, Validity.VALID, Reason.LIMITED),
        (grpc.StatusCode.UNAUTHENTICATED, Validity.INVALID, Reason.LOGIN_REFUSED),
        (grpc.StatusCode.UNAVAILABLE, Validity.UNKNOWN, Reason.UNREACHABLE),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, Validity.UNKNOWN, Reason.RATE_LIMITED),
    ],
)
def test_our_own_credentials_are_tried(
    opened: Any, google: SecretManager, code: grpc.StatusCode | None, validity: Validity, reason: Reason
) -> None:
    google.refuse("ListSecrets", *([code] if code else []))

    result = opened().check()

    assert (result.validity, result.reason) == (validity, reason)


def test_we_sign_our_own_token_and_ask_no_token_uri(
    opened: Any, google: SecretManager, account: dict[str, str]
) -> None:
    opened().check()

    token = google.calls[0][1]["authorization"].removeprefix("Bearer ")
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert (claims["iss"], claims["scope"]) == (
        account["client_email"],
        "https://www.googleapis.com/auth/cloud-platform",
    )


@pytest.mark.parametrize("text", ["{}", "[]", "not json", '{"type": "service_account", "private_key": "canary"}'])
def test_credentials_that_are_none_are_our_mistake_and_not_repeated(opened: Any, tmp_path: Path, text: str) -> None:
    (tmp_path / "wrong.json").write_text(text)

    result = opened(credentials=f"file:{tmp_path}/wrong.json").check()

    assert (result.validity, result.reason) == (Validity.UNKNOWN, Reason.MISCONFIGURED)
    assert "canary" not in result.detail
    assert "wrong.json" in result.detail


def test_a_server_that_another_ca_vouches_for_is_told_nothing(
    opened: Any, google: SecretManager, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    with secret_manager(tmp_path / "other") as other:
        result = opened(ca=other.ca).check()

    assert (result.validity, result.reason) == (Validity.UNKNOWN, Reason.TLS)
    assert google.calls == []
