"""A great many, and large ones: memory stays bounded, and a bad one among them costs itself.

With CREDWATCH_TEST_LARGE set there are 100,000 of each, which takes minutes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator

import pytest

from credwatch.sandbox.server import Request, Response, Route, Server
from tests.bad_input.hand import Hand
from tests.bad_input.shelf import GOOD, Shelf

MANY = 100_000 if os.environ.get("CREDWATCH_TEST_LARGE") else 3_000
LARGE = 200
MIB = 1 << 20
MORE = 40
"""MiB of memory that so many more may cost."""
A_MIB = b"A=" + b"a" * (MIB - 2)


def test_a_folder_of_a_great_many_files_takes_no_more_memory_than_one_of_few(shelf: Shelf) -> None:
    few = shelf.sweep().peak
    for number in range(MANY):
        shelf.put(f"{number}", "LOG_LEVEL=info\n" if number % 100 else f"API_TOKEN_{number}=q8zR4hfk{number:024}\n")

    done = shelf.sweep()

    assert done.code == 0
    assert f"  shelf  {MANY + 1} items, {MANY // 100 + 1} credentials\n" in done.out
    assert done.peak < few + MORE


def test_many_values_of_a_mib_are_never_held_at_once(shelf: Shelf) -> None:
    few = shelf.sweep().peak
    for number in range(LARGE):
        shelf.put(f"{number}.env", A_MIB)

    done = shelf.sweep()

    assert done.code == 0
    assert f"  shelf  {LARGE + 1} items" in done.out
    assert done.peak < few + 24 * 3 + MORE  # 8 are read and 16 wait; a text that is no ASCII takes twice its bytes
    assert done.peak < few + LARGE


class Full:
    """A Vault, as far as listing and reading go, whose one folder holds a great many items."""

    def routes(self) -> Iterable[Route]:
        yield Route("GET", "/v1/auth/token/lookup-self", self._whoami)
        yield Route("GET", "/v1/sys/internal/ui/mounts.*", self._mounts)
        yield Route("LIST", "/v1/kv/metadata/?", self._list)
        yield Route("GET", "/v1/kv/metadata/?", self._list)
        yield Route("GET", "/v1/kv/metadata/(?P<name>.+)", self._describe)
        yield Route("GET", "/v1/kv/data/(?P<name>.+)", self._read)

    def _whoami(self, _: Request) -> Response:
        return Response.json({"data": {"ttl": 0, "expire_time": None, "policies": ["root"], "num_uses": 0}})

    def _mounts(self, _: Request) -> Response:
        mount = {"type": "kv", "options": {"version": "2"}}
        return Response.json({"data": {"secret": {"kv/": mount}, "path": "kv/", **mount}})

    def _list(self, _: Request) -> Response:
        return Response.json({"data": {"keys": [f"item-{number:06}" for number in range(MANY)]}})

    def _describe(self, _: Request) -> Response:
        at = "2026-01-01T00:00:00Z"
        version = {"created_time": at, "deletion_time": "", "destroyed": False}
        return Response.json({"data": {"current_version": 1, "versions": {"1": version}, "custom_metadata": None}})

    def _read(self, request: Request) -> Response:
        number = int(request.groups["name"].removeprefix("item-"))
        if number % 1_000 == 7:
            return Response.json({"errors": ["1 error occurred: * permission denied"]}, 403)
        fields = {"LOG_LEVEL": "info"} if number % 100 else {"API_TOKEN": f"q8zR4hfk{number:024}"}
        return Response.json({"data": {"data": fields, "metadata": {"version": 1}}})


@pytest.fixture
def full(hand: Hand) -> Iterator[Hand]:
    with Server(Full()) as server:
        hand.environment = {"WATCH": "hvs.x"}
        hand.configure(
            f'[providers.v]\nuse = "vault"\naddress = "{server.url}"\nauth = {{ token = "env:WATCH" }}\n'
            'paths = ["kv/**"]\n'
        )
        yield hand


def test_a_store_of_a_great_many_items_is_seen_and_those_that_are_shut_are_told(full: Hand) -> None:
    done = full("sweep", "--no-settle", "--json")

    ended = done.json["providers"]["v"]
    assert (done.code, done.json["unread"]) == (3, {"v": MANY // 1_000})
    assert ended["items"] == MANY
    assert done.peak < 150


def test_an_item_of_ten_thousand_keys_is_ten_thousand_keys(shelf: Shelf) -> None:
    fields = {}
    for number in range(5_000):
        fields[f"TWILIO_{number}_SID"] = f"SK{number:032x}"
        fields[f"TWILIO_{number}_SECRET"] = f"Zx{number:030}"
    shelf.put("x.json", json.dumps(fields))
    shelf.configure('[issuers.twilio]\nbase_url = "http://127.0.0.1:9"\n')

    done = shelf.hand("check", f"shelf/{GOOD}", "shelf/x.json", "--json")

    keys = done.json["keys"]
    assert (done.code, len(keys)) == (3, 5_001)
    assert not any(key["missing"] for key in keys)
    assert done.peak < 300
