from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from credwatch.contract import ProviderError, Reason
from credwatch.rotation.consumers.proofs import LARGEST, Page, Shown, shows
from credwatch.transport import Transport
from tests.servers.raw import Server

UUID, OLD_UUID = "b1946ac9-4000-8000-9f00-00000000e2d1", "7c1e5a02-4000-8000-9f00-0000000017aa"
SID, OLD_SID = f"SK{'0f' * 14}41d2", f"SK{'a1' * 14}9a21"
FIELD = "DEEPGRAM_API_KEY"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # the id itself, or its end, as a whole word
        (SID, True),
        (SID.lower(), True),
        (f"key_id={SID}", True),
        (f"uses {SID}.", True),
        ("…41d2", True),
        ("SK…41d2", True),
        ("SK...41d2", True),
        ("*****41d2", True),
        ("41d2", True),
        ("key 0f41d2 since 12:00", True),
        # a part of a word, too short, nothing at all
        (f"x{SID}", None),
        (f"{SID}-old", None),
        ("1d2", None),
        ("…1d2", None),
        ("a41d2x", None),
        ("41d2_old", None),
        ("", None),
        ("starting up, no key yet", None),
        # another key
        (OLD_SID, False),
        ("SK…9a21", False),
        ("…9a21", False),
        ("...9a21", False),
        # several lines: every one that names a key must name this one
        (f"voice-1 {SID}\nvoice-2 {SID}\n", True),
        (f"voice-1 {SID}\nvoice-2 {OLD_SID}", False),
        ("voice-1 …41d2\nvoice-2 …9a21", False),
        ("voice-1 41d2\nvoice-2 9a21", False),
        (f"voice-1 …41d2\nvoice-2 {OLD_SID}", False),
        ("keys in use:\nvoice-1 …41d2\n\nvoice-2 …41d2\nend", True),
        (f"from {OLD_SID} to {SID}", False),
        ("voice-1 41d2 since 2026-11-21T12:00:00Z", True),
        # as JSON
        (json.dumps({"key_id": SID}), True),
        (json.dumps({"key_id": OLD_SID}), False),
        (json.dumps({"pods": [{"name": "voice-1", "key": SID}, {"name": "voice-2", "key": OLD_SID}]}), False),
        (json.dumps({"pods": [{"name": "voice-1", "key": "…41d2"}, {"name": "voice-2", "key": "…41d2"}]}), True),
        (json.dumps({SID: {"loaded": True}}), True),
        (json.dumps([SID, OLD_SID]), False),
        (json.dumps(None), None),
        (json.dumps(41), None),
    ],
)
def test_a_key_is_shown_by_its_id_or_the_end_of_it(text: str, *, said: bool | None) -> None:
    assert shows(text, SID) is said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{FIELD} {UUID}", True),
        (f"{FIELD}=…e2d1", True),
        (f"{FIELD}: e2d1", True),
        (f"{FIELD}: 17aa", False),
        (f"{FIELD}: unknown", False),
        (f"{FIELD}:\n", None),
        # the keys of other vendors beside it
        (f"{FIELD} …e2d1\nTWILIO_API_KEY …9a21", True),
        (f"{FIELD} …17aa\nTWILIO_API_KEY …e2d1", False),
        (f"{FIELD} …e2d1\nTWILIO_API_KEY {OLD_SID}", True),
        # but not one that can only be of this vendor
        (f"{FIELD} …e2d1\nvoice-2 {OLD_UUID}", False),
        # every line of it
        (f"voice-1 {FIELD} …e2d1\nvoice-2 {FIELD} …17aa", False),
        (f"voice-1 {FIELD} e2d1\nvoice-2 {FIELD} 17aa", False),
        # a longer name is another one
        (f"{FIELD}_OLD …17aa\n{FIELD} …e2d1", True),
        # without its name anywhere, every key counts
        ("A …e2d1\nB …9a21", False),
        (json.dumps({FIELD: UUID, "TWILIO_API_KEY": "…9a21"}), True),
        (json.dumps({FIELD: "…17aa", "TWILIO_API_KEY": "…e2d1"}), False),
        (json.dumps({FIELD: {"id": "…e2d1", "loaded": "2026-11-21T12:00:00Z"}}), True),
        (json.dumps({FIELD: {"id": "…17aa", "loaded": "2026-11-21T12:00:00Z"}}), False),
        (json.dumps({FIELD: ["e2d1", "17aa"]}), False),
        (json.dumps([{"pod": 1, FIELD: "e2d1"}, {"pod": 2, FIELD: "17aa"}]), False),
        (json.dumps([{"pod": 1, FIELD: "e2d1"}, {"pod": 2, FIELD: "e2d1"}]), True),
    ],
)
def test_where_fields_are_named_only_what_stands_beside_its_own_counts(text: str, *, said: bool | None) -> None:
    assert shows(text, UUID, [FIELD]) is said


@pytest.mark.parametrize(("key_id", "said"), [("", None), ("abc", None), ("abcd", True)])
def test_an_id_that_is_too_short_is_never_shown(key_id: str, *, said: bool | None) -> None:
    assert shows("abc abcd", key_id) is said


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": ' * 100_000, "\0\0", "…" * 10_000, "a-" * 50_000])
def test_a_strange_page_shows_nothing(text: str) -> None:
    assert shows(text, UUID, [FIELD]) is None


def test_an_id_with_signs_in_it_is_a_word_too() -> None:
    new, old = "projects/p/keys/9f3a", "projects/p/keys/17aa"

    assert [shows(text, new) for text in (new, old, f"{new}\n{old}")] == [True, False, False]


def test_a_page_is_asked_as_it_is(serve: Callable[..., Server], transport: Transport) -> None:
    server = serve(200, f"{FIELD} …e2d1")

    assert shows(Page(f"{server.url}/credentials", transport).text(), UUID, [FIELD])
    assert server.seen[0].startswith(b"GET /credentials HTTP/1.1\r\n")


@pytest.mark.parametrize("status", [204, 301, 401, 404, 500])
def test_a_page_that_is_no_page_cannot_tell(serve: Callable[..., Server], transport: Transport, status: int) -> None:
    with pytest.raises(ProviderError, match=f"its proof answered HTTP {status}"):
        Page(serve(status, f"{UUID}", "location: http://127.0.0.1:1/").url, transport).text()


def test_a_page_that_nobody_serves_cannot_tell(transport: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(ProviderError) as raised:
        Page(f"http://127.0.0.1:{port}", transport).text()

    assert raised.value.reason is Reason.UNREACHABLE


def test_a_page_may_be_plain_http_on_another_machine(transport: Transport) -> None:
    """It is asked for by its name, which there is not; a way for keys would refuse before."""
    with pytest.raises(ProviderError) as raised:
        Page("http://voice-agent.invalid:9090/credentials", transport).text()

    assert raised.value.reason is Reason.DNS


def test_a_file_is_read_as_it_is_now(tmp_path: Path) -> None:
    file = tmp_path / "key"
    shown = Shown(file)
    file.write_text("…17aa")
    before = shows(shown.text(), UUID)
    file.write_text("…e2d1")

    assert (before, shows(shown.text(), UUID)) == (False, True)


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda _: None, Reason.NOT_FOUND),
        (Path.mkdir, Reason.MISCONFIGURED),
        (os.mkfifo, Reason.MISCONFIGURED),
        (lambda path: path.write_text("e2d1 " * (LARGEST // 4)), Reason.TOO_LARGE),
    ],
)
def test_a_file_that_is_none_cannot_tell(tmp_path: Path, made: Callable[[Path], object], reason: Reason) -> None:
    made(tmp_path / "key")

    with pytest.raises(ProviderError) as raised:
        Shown(tmp_path / "key").text()

    assert raised.value.reason is reason
