"""What a connection may send that was opened to read, and what one sends once that was opened to write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from credwatch.contract import ProviderError, Reason, Reply
from credwatch.transport import Guarded

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
URL = "https://api.example/v1/keys"


class Noting:
    """Notes the methods that it was sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def now(self) -> datetime:
        return NOW

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:  # noqa: ARG002  Http's own
        self.sent.append(method)
        return Reply(200, {}, b"")


def a_login(method: str, url: str, headers: Mapping[str, str], body: bytes) -> bool:
    return method == "POST" and url.endswith("/login") and headers == {"a": "b"} and body == b"me"


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize("method", ["GET", "HEAD", "LIST", "OPTIONS", "get", "list"])
def test_what_reads_is_sent_patiently(method: str, *, writes: bool) -> None:
    patient, once = Noting(), Noting()

    Guarded(patient, once, None, writes=writes).send(method, URL, headers={})

    assert (patient.sent, once.sent) == ([method], [])


@pytest.mark.parametrize("harmless", [None, a_login])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "post", "TRACE", "CONNECT", "MKCOL", ""])
def test_what_may_change_something_is_refused_before_it_is_sent(method: str, harmless: object) -> None:
    patient, once = Noting(), Noting()

    with pytest.raises(ProviderError) as raised:
        Guarded(patient, once, harmless, writes=False).send(method, URL, headers={}, body=b"canary")  # type: ignore[arg-type]

    assert (raised.value.reason, raised.value.permanent) == (Reason.MISCONFIGURED, True)
    assert "canary" not in str(raised.value)
    assert patient.sent + once.sent == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_connection_that_writes_sends_it_once(method: str) -> None:
    patient, once = Noting(), Noting()

    Guarded(patient, once, a_login, writes=True).send(method, URL, headers={})

    assert (patient.sent, once.sent) == ([], [method])


@pytest.mark.parametrize("writes", [False, True])
def test_what_the_plug_in_calls_harmless_goes_like_any_reading(*, writes: bool) -> None:
    patient, once = Noting(), Noting()

    Guarded(patient, once, a_login, writes=writes).send("POST", f"{URL}/login", headers={"a": "b"}, body=b"me")

    assert (patient.sent, once.sent) == (["POST"], [])


def test_its_clock_is_the_way_s_own() -> None:
    assert Guarded(Noting(), Noting(), None, writes=False).now() == NOW
