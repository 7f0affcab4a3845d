"""What a system itself may say that is no end of a list: a refusal in the middle, a page that leads astray, less than before."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.trap import Trap
from tests.faults.listings.company import NAMES
from tests.faults.listings.front import FOREVER
from tests.faults.listings.looks import Looker
from tests.faults.scripts import answer
from tests.servers.raw import Script

JSON, XML = b"Content-Type: application/json", b"Content-Type: text/xml"
MOST = 17
"""Requests of the longest look."""


def refusal(status: str, said: object) -> Callable[[bytes], bytes]:
    """The same to every request."""
    return lambda _: answer(json.dumps(said).encode(), JSON, status=status)


def amazons(code: str) -> Callable[[bytes], bytes]:
    """In the language of the request."""

    def made(request: bytes) -> bytes:
        if b"X-Amz-Target" in request.title():
            return answer(json.dumps({"__type": code, "message": "no"}).encode(), JSON, status="400 Bad Request")
        body = f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
        return answer(body.encode(), XML, status="403 Forbidden")

    return made


_VAULT = refusal("403 Forbidden", {"errors": ["1 error occurred:\n\t* permission denied\n\n"]})
_DEAD = refusal("403 Forbidden", {"errors": ["permission denied"]})
FORBIDDEN: Mapping[str, Callable[[bytes], bytes]] = {
    "aws": amazons("AccessDenied"),
    "deepgram": refusal("403 Forbidden", {"err_code": "FORBIDDEN", "err_msg": "no", "request_id": "1"}),
    "elevenlabs": refusal("401 Unauthorized", {"detail": {"status": "missing_permissions", "message": "no"}}),
    "gcp": refusal("403 Forbidden", {"error": {"code": 403, "status": "PERMISSION_DENIED"}}),
    "openai": refusal("403 Forbidden", {"error": {"message": "You have insufficient permissions for this operation."}}),
    "twilio": refusal("403 Forbidden", {"code": 70051, "message": "no", "status": 403}),
    "vault": _VAULT,
    "vault-approle": _VAULT,
}
"""A right that is missing."""
EXPIRED: Mapping[str, Callable[[bytes], bytes]] = {
    "aws": amazons("ExpiredToken"),
    "deepgram": refusal("401 Unauthorized", {"err_code": "INVALID_AUTH", "err_msg": "Invalid credentials."}),
    "elevenlabs": refusal("401 Unauthorized", {"detail": {"status": "invalid_api_key", "message": "no"}}),
    "gcp": refusal("401 Unauthorized", {"error": {"code": 401, "status": "UNAUTHENTICATED"}}),
    "openai": refusal("401 Unauthorized", {"error": {"code": "invalid_api_key", "message": "no"}}),
    "twilio": refusal("401 Unauthorized", {"code": 20003, "message": "Authenticate", "status": 401}),
    "vault": _DEAD,
    "vault-approle": _DEAD,
}
"""Our own login is no longer taken."""
TOLERATED = {FORBIDDEN[name] for name in ("aws", "deepgram", "twilio")}
"""When it is refused at the end, only a detail is missing: what was last used, or the page of one key."""


def played(said: Callable[[bytes], bytes]) -> Script:
    return lambda sock, request: sock.sendall(said(request))


@pytest.mark.parametrize("times", [1, FOREVER], ids=["once", "from then on"])
@pytest.mark.parametrize("after", range(MOST))
@pytest.mark.parametrize("words", [FORBIDDEN, EXPIRED], ids=["a right is lost", "the login ends"])
def test_a_refusal_at_any_request_makes_nothing_gone(
    words: Mapping[str, Callable[[bytes], bytes]], after: int, times: int, looker: Looker, tmp_path: Path
) -> None:
    met = [name for name in NAMES if after < looker.asked[name]]
    for name in met:
        looker.company.fronts[name].play(played(words[name]), after=after, times=times)
    look = looker.look(looker.begin(tmp_path), met)
    whole = [name for name in met if look.states[name] == "complete"]

    assert (look.gone, look.told) == ([], [])
    assert [name for name in whole if times == FOREVER and words[name] not in TOLERATED] == []
    assert max(looker.asked.values()) == MOST


_KEYS, _ACCOUNTS = r"GET /v1/Keys\?", r"GET /v1/projects/[^/]+/serviceAccounts\?"
Body = Callable[[dict[str, Any]], object]


def altered(path: str, change: Body) -> Callable[[bytes, bytes], bytes | None]:
    """What answers such a request, changed where it is JSON."""

    def made(request: bytes, body: bytes) -> bytes | None:
        return json.dumps(change(json.loads(body))).encode() if re.search(path.encode(), request) else None

    return made


def secrets(following: Callable[[bytes], str]) -> Callable[[bytes, bytes], bytes | None]:
    """Every page of Amazon's secrets shows one, and goes on at the page that follows what was asked for."""

    def made(request: bytes, _: bytes) -> bytes | None:
        page = {"SecretList": [{"Name": "one"}], "NextToken": following(request)}
        return json.dumps(page).encode() if b".ListSecrets" in request else None

    return made


def replaced(path: str, pattern: bytes, by: bytes) -> Callable[[bytes, bytes], bytes | None]:
    """What answers such a request, changed where it is XML."""
    return lambda request, body: re.sub(pattern, by, body) if re.search(path.encode(), request) else None


def leads(to: str) -> Body:
    """A page of Twilio's that goes on there."""
    return lambda page: page | {"meta": {"next_page_url": to}}


def comes_back(to: Callable[[str], str]) -> Callable[[bytes, bytes], bytes | None]:
    """A page of Twilio's that goes on where it was asked for, but for this."""

    def made(request: bytes, body: bytes) -> bytes | None:
        path = request.split(b" ")[1].decode()
        return altered(_KEYS, leads(to(path)))(request, body)

    return made


@dataclass(frozen=True)
class Astray:
    """A list that goes on where it should not."""

    name: str
    change: Callable[[bytes, bytes], bytes | None]
    reason: str
    what: str


_MORE = rb"<IsTruncated>.*?</IsTruncated>(<Marker>.*?</Marker>)?"
_AGAIN = b"<IsTruncated>true</IsTruncated><Marker>2</Marker>"
ASTRAY = [
    Astray("twilio", altered(_KEYS, leads("http://127.0.0.1:TRAP/v1/Keys")), "wrong_host", "another host, plain"),
    Astray("twilio", altered(_KEYS, leads("https://127.0.0.1:TRAP/v1/Keys")), "wrong_host", "another host"),
    Astray("twilio", altered(_KEYS, leads("https://twilio.test/v1/Keys")), "wrong_host", "another port"),
    Astray("twilio", altered(_KEYS, leads("//127.0.0.1:TRAP/v1/Keys")), "wrong_host", "another host, without a scheme"),
    Astray("twilio", altered(_KEYS, leads("https://twilio.test@127.0.0.1:TRAP/v1/Keys")), "wrong_host", "a user"),
    Astray("twilio", comes_back(lambda path: path.partition("&Page=")[0]), "broken", "the first page, again"),
    Astray("twilio", comes_back(lambda path: f"{path}&Page=1"[:120]), "broken", "the same page, for ever"),
    Astray("openai", altered("api_keys", lambda page: page | {"has_more": True}), "broken", "the first page, again"),
    Astray(
        "openai", altered("projects", lambda page: page | {"has_more": True, "data": []}), "broken", "more of nothing"
    ),
    Astray("gcp", altered(_ACCOUNTS, lambda page: page | {"nextPageToken": "2"}), "broken", "one page, for ever"),
    Astray("gcp", altered(_ACCOUNTS, lambda page: page | {"nextPageToken": 7}), "broken", "a page that has no name"),
    Astray("aws", secrets(lambda _: "a"), "broken", "one page of secrets, for ever"),
    Astray("aws", secrets(lambda asked: "b" if b'"a"' in asked else "a"), "broken", "two pages of secrets, for ever"),
    Astray("aws", replaced("Action=ListUsers", _MORE, _AGAIN), "broken", "one page of users"),
    Astray(
        "vault", altered("LIST ", lambda page: page | {"data": {"keys": ["again/"]}}), "broken", "a folder in itself"
    ),
]


@pytest.mark.parametrize("astray", ASTRAY, ids=lambda each: f"{each.name}: {each.what}")
def test_a_list_that_leads_astray_is_a_broken_one_and_is_not_followed(
    astray: Astray, looker: Looker, tmp_path: Path
) -> None:
    with Trap() as trap:
        port = trap.url.rpartition(":")[2].strip("/").encode()

        def change(request: bytes, body: bytes) -> bytes | None:
            changed = astray.change(request, body)
            return changed and changed.replace(b"TRAP", port)

        looker.company.fronts[astray.name].change = change
        look = looker.look(looker.begin(tmp_path), [astray.name])

    assert look.states[astray.name] != "complete"
    assert astray.reason in look.reasons(astray.name)
    assert (look.gone, look.told, trap.seen) == ([], [], [])


NOTHING: Mapping[str, Callable[[bytes, bytes], bytes | None]] = {
    "deepgram": altered(r"/keys\?", lambda _: {"api_keys": []}),
    "elevenlabs": altered("service-accounts", lambda _: {"service-accounts": []}),
    "openai": altered("api_keys", lambda page: page | {"data": [], "has_more": False}),
    "twilio": altered("/Keys", lambda page: page | {"keys": [], "meta": {}}),
}
"""A list that is suddenly empty, as the vendor writes an empty one."""


def one_key(account: dict[str, Any]) -> dict[str, Any]:
    """An account of ElevenLabs's that has lost all but one."""
    return account | {"api-keys": account["api-keys"][:1]}


LESS: Mapping[str, Callable[[bytes, bytes], bytes | None]] = {
    "elevenlabs": altered(
        "service-accounts", lambda page: {"service-accounts": [one_key(page["service-accounts"][0])]}
    ),
    "openai": altered(r"/projects\?", lambda page: page | {"data": [], "has_more": False}),
    "twilio": altered(_KEYS, lambda page: page | {"keys": page["keys"][:1], "meta": {}}),
}
"""A list that is suddenly much shorter."""


@pytest.mark.parametrize("name", NOTHING)
def test_a_list_that_is_suddenly_empty_makes_nothing_gone_and_is_told(
    name: str, looker: Looker, tmp_path: Path
) -> None:
    looker.company.fronts[name].change = NOTHING[name]
    look = looker.look(looker.begin(tmp_path), [name])

    assert (look.gone, look.told) == ([], [])
    assert look.rows("select subject, step, level from outbox where about = 'provider'") == [
        (name, "shrunk", "warning")
    ]


@pytest.mark.parametrize("name", LESS)
def test_a_list_that_shrinks_to_less_than_half_makes_nothing_gone(name: str, looker: Looker, tmp_path: Path) -> None:
    looker.company.fronts[name].change = LESS[name]
    look = looker.look(looker.begin(tmp_path), [name])

    assert (look.gone, look.told) == ([], [])
    assert look.ended[name].items > 0
    assert look.rows("select subject, step from outbox where about = 'provider'") == [(name, "shrunk")]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (answer(b'{"errors": []}', JSON, status="404 Not Found"), "not_found"),
        (answer(b"<h1>Not found</h1>", b"Content-Type: text/html", status="404 Not Found"), "unexpected"),
        (answer(b'{"data": {}}', JSON), "unreadable"),
        (answer(b'{"data": {"data": ["no", "object"]}}', JSON), "unreadable"),
        (answer(b'{"errors": ["internal error"]}', JSON, status="500 Internal Server Error"), "server_error"),
        (answer(b'{"errors": ["permission denied"]}', JSON, status="403 Forbidden"), "forbidden"),
    ],
)
@pytest.mark.parametrize("name", ["vault", "vault-approle"])
def test_an_item_that_cannot_be_read_any_more_is_not_gone(
    name: str, said: bytes, reason: str, looker: Looker, tmp_path: Path
) -> None:
    looker.company.fronts[name].play_to(played(lambda _: said), lambda _, request: b"/kv/data/a/one" in request)
    look = looker.look(looker.begin(tmp_path), [name])

    assert (look.states[name], look.reasons(name)) == ("partial", {reason})
    assert (look.gone, look.told, look.held) == ([], [], looker.held)


@pytest.mark.parametrize(
    "said", [b"<h1>Not found</h1>", b"", b"{}", b'{"status": 404}', b'{"message": "no Route matched"}']
)
@pytest.mark.parametrize("path", [b"LIST /v1/kv/metadata ", b"LIST /v1/kv/metadata/a ", b"GET /v1/kv/metadata/a/one "])
def test_a_gateways_404_is_no_empty_folder_of_vaults(path: bytes, said: bytes, looker: Looker, tmp_path: Path) -> None:
    told = answer(said, b"Content-Type: text/html", status="404 Not Found")
    looker.company.fronts["vault"].play_to(played(lambda _: told), lambda _, request: path in request)
    look = looker.look(looker.begin(tmp_path), ["vault"])

    assert look.states["vault"] != "complete"
    assert (look.gone, look.told, look.held) == ([], [], looker.held)


@pytest.mark.parametrize("paths", [["kv/**"], ["kv/a/*", "kv/b/*"], ["kv/a/one", "kv/a/two", "kv/b/**"]])
def test_a_mount_that_vault_does_not_show_is_not_empty_because_nothing_is_where_it_usually_is(
    paths: list[str], looker: Looker, tmp_path: Path
) -> None:
    """As when a store of version 1 is taken for one of version 2."""
    empty = played(lambda _: answer(b'{"errors": []}', JSON, status="404 Not Found"))
    ground = looker.company.grounds["vault"]
    usual = ground.tables
    ground.tables = lambda: usual().replace('["kv/**"]', json.dumps(paths))  # type: ignore[method-assign]
    data = looker.begin(tmp_path)
    looker.look(data, ["vault"])
    looker.company.fronts["vault"].play_to(
        empty, lambda _, request: re.search(rb"ui/mounts|kv/metadata", request) is not None
    )
    look = looker.look(data, ["vault"])
    ground.tables = usual  # type: ignore[method-assign]

    assert (look.states["vault"], look.reasons("vault")) == ("partial", {"not_found"})
    assert (look.gone, look.told, look.held) == ([], [], looker.held)
