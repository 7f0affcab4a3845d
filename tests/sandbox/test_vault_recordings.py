"""The sandbox's Vault is sent what a real server was sent, and must answer as that did."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from credwatch.sandbox.server import Request
from credwatch.sandbox.vault import Vault

RECORDING = Path(__file__).parents[1] / "recordings" / "openbao-2.5.5.json"

UNSERVED = {
    "PKI": 14,
    "database connections and dynamic roles": 3,
    "leases of database roles and logins": 6,
}
"""What the sandbox's Vault does not serve, with the number of its exchanges. They are not sent."""

AREAS = (
    ("PKI", re.compile(r"pki/.*")),
    ("database connections and dynamic roles", re.compile(r"database/(config|roles|creds)/.*")),
    ("leases of database roles and logins", re.compile(r"sys/leases/(lookup/.*|renew|revoke)")),
)

HOLDERS = {
    "bad token": None,
    "malformed token": None,
    "lookup-self num_uses, used up": "num_uses token",
    "lookup-self no rights at all": "token that can do nothing",
    "renew-self batch": "batch token",
    "renew-self not allowed": "token that can do nothing",
    "list accessors without sudo": "periodic token",
    "lookup-self expired": "short token",
    "lookup-self revoked": "to be revoked",
    "capabilities-self": "periodic token",
    "kv2 list denied": "token that can do nothing",
    "kv2 read denied": "token that can do nothing",
    "kv2 write denied": "token that can do nothing",
    "kv2 read as watch": "periodic token",
    "lookup-self sealed": "periodic token",
    "kv2 read sealed": "periodic token",
}
"""Whose token the recording used where it says "other" and the answer does not name it."""

PAUSES = {"lookup-self expired": 3, "approle login": 3}
"""How many seconds the recording waited before these."""

VOLATILE = {
    "accessor", "build_date", "client_token", "cluster_id", "cluster_name", "creation_time", "entity_id", "id",
    "last_renewal_time", "password", "request_id", "role_id", "secret_id", "secret_id_accessor", "server_time_utc", "ttl", "uuid",
}  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


class StandingClock:
    """Time that moves only when a test says so."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        self.pass_by(seconds)
        return not stop.is_set()

    def pass_by(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


def exchanges() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(RECORDING.read_text())["exchanges"]
    return found


def area(exchange: dict[str, Any]) -> str | None:
    path = exchange["request"]["path"].partition("?")[0]
    if exchange["status"] == 400 and path == "sys/leases/lookup" and "revoked" not in exchange["case"]:
        return None
    if path == "sys/leases/lookup":
        return AREAS[2][0]
    return next((name for name, pattern in AREAS if pattern.fullmatch(path)), None)


def shape(value: Any, key: str = "") -> Any:
    """The value without ids and times: a word for its type stands in for each."""
    if key in VOLATILE and value is not None:
        return "empty" if value == "" else type(value).__name__
    match value:
        case dict():
            return {name: shape(below, name) for name, below in value.items()}
        case list() if key == "keys":
            return sorted(re.sub(r"[\w-]{24,}", "id", str(each)) for each in value)
        case list():
            return [shape(each) for each in value]
        case str() if TIME.fullmatch(value) and value != "0001-01-01T00:00:00Z":
            return "time"
        case _:
            return value


def pairs(recorded: Any, answered: Any) -> Iterator[tuple[str, str]]:
    """Every id that was recorded, and the one that stands in the same place now."""
    match recorded, answered:
        case dict(), dict():
            for key in recorded.keys() & answered.keys():
                if key in VOLATILE and isinstance(recorded[key], str) and isinstance(answered[key], str):
                    yield recorded[key], answered[key]
                yield from pairs(recorded[key], answered[key])


class Replay:
    """The recording, sent to a new server."""

    def __init__(self) -> None:
        self.clock = StandingClock()
        self.vault = Vault(clock=self.clock, root="root")
        self.ids: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self.route = next(iter(self.vault.routes()))

    def send(self, exchange: dict[str, Any]) -> tuple[int, Any]:
        asked = exchange["request"]
        self.clock.pass_by(PAUSES.get(exchange["case"], 0))
        body = asked["body"]
        if exchange["case"] == "kv2 too large":
            body = {"data": {"a": "x" * 2_000_000}}
        path, _, query = asked["path"].partition("?")
        found = re.fullmatch(self.route.pattern, f"/v1/{path}")
        assert found
        response = self.vault.respond(
            Request(
                method=asked["method"],
                path=f"/v1/{path}",
                groups={"path": unquote(found["path"])},
                query=dict(pair.split("=") for pair in query.split("&") if pair),
                headers={"x-vault-token": self.token(exchange)} | {k.lower(): v for k, v in asked["headers"].items()},
                body=self.now(json.dumps(body)).encode() if body is not None else b"",
            )
        )
        answered = json.loads(response.body) if response.body else None
        self.ids |= {old: new for old, new in pairs(exchange["response"], answered) if old}
        if answered and answered.get("auth"):
            self.tokens[exchange["case"]] = answered["auth"]["client_token"]
        return response.status, answered

    def token(self, exchange: dict[str, Any]) -> str:
        match exchange["request"]["token"]:
            case "root":
                return "root"
            case "none":
                return ""
        case = exchange["case"]
        if case in HOLDERS:
            return self.tokens.get(HOLDERS[case] or "", "s.nobody")
        said = exchange["response"]
        return self.ids[(said["data"] or {}).get("id") or said["auth"]["client_token"]]

    def now(self, text: str) -> str:
        """A recorded text with today's ids."""
        for old, new in self.ids.items():
            text = text.replace(old, new)
        return text


def replayed() -> list[Any]:
    replay = Replay()
    rows = []
    for number, exchange in enumerate(exchanges()):
        if area(exchange) is None:
            status, answered = replay.send(exchange)
            expected = json.loads(replay.now(json.dumps(exchange["response"])))
            rows.append(
                pytest.param(
                    (exchange["status"], shape(expected)), (status, shape(answered)), id=f"{number}-{exchange['case']}"
                )
            )
    return rows


@pytest.mark.parametrize(("expected", "actual"), replayed())
def test_the_sandbox_answers_as_the_recorded_server_did(expected: Any, actual: Any) -> None:
    assert expected == actual


def test_what_is_not_served_is_counted_and_named() -> None:
    left_out = [name for exchange in exchanges() if (name := area(exchange))]

    assert ({name: left_out.count(name) for name in dict.fromkeys(left_out)}, len(exchanges())) == (UNSERVED, 173)
