"""A leak that is there is found, in whatever form, and what is none is not taken for one."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import secrets
import shutil
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.leaks.searching import Search, forms
from tests.leaks.stack import Stack

ODD = "7f3a'\"\\/+%&=<>{}$ é☎kQ9zR2mW"
PLAIN = "c0ffee42" * 5
ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "raw": str.encode,
    "inside a line": lambda value: f"token={value}; path=/".encode(),
    "base64": lambda value: base64.b64encode(value.encode()),
    "base64, one byte in": lambda value: base64.b64encode(b"u" + value.encode() + b"tail"),
    "base64, two bytes in": lambda value: base64.b64encode(b"u:" + value.encode() + b"x"),
    "base64 for URLs": lambda value: base64.urlsafe_b64encode(b"u:" + value.encode()).rstrip(b"="),
    "hexadecimal": lambda value: binascii.hexlify(value.encode()),
    "HEXADECIMAL": lambda value: binascii.hexlify(value.encode()).upper(),
    "in a URL": lambda value: f"https://x/?key={quote(value, safe='')}&a=b".encode(),
    "in a path": lambda value: quote(f"/{value}/").encode(),
    "in a form": lambda value: f"key={quote_plus(value)}".encode(),
    "in gzip": lambda value: gzip.compress(f"GET /?key={value}".encode()),
    "in gzip in gzip": lambda value: gzip.compress(b"x" * 99 + gzip.compress(value.encode())),
    "in zlib": lambda value: b"odd" + zlib.compress(f'{{"key": "{value}"}}'.encode()),
    "in JSON": lambda value: json.dumps({"a": [value]}).encode(),
    "in JSON in JSON": lambda value: json.dumps({"a": json.dumps([value])}).encode(),
    "in a repr": lambda value: repr({"a": value}).encode(),
    "in the repr of bytes": lambda value: repr(value.encode()).encode(),
    "its first half": lambda value: f"{value[: len(value) // 2 + 2]}…".encode(),
    "its last half": lambda value: f"…{value[len(value) // 2 - 2 :]}".encode(),
}


@pytest.mark.parametrize("value", [ODD, PLAIN], ids=["odd", "plain"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_value_is_found_in_every_form(encoding: str, value: str) -> None:
    content = b"\0before " + ENCODINGS[encoding](value) + b" after\xff"
    other = Search([("another", f"another {value[::-1]}")])

    assert {hit.name for hit in Search([("planted", value)]).hits("here", content)} == {"planted"}
    assert other.hits("here", content) == []


def test_a_leak_that_is_planted_in_the_data_directory_is_found(stack: Stack, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(stack.data, data)
    search = Search(stack.canaries.values.items())
    victims = dict(zip(ENCODINGS, stack.canaries.values.items(), strict=False))
    clean = [hit for path in data.iterdir() for hit in search.hits(path.name, path.read_bytes())]
    for encoding, (_, value) in victims.items():
        (data / encoding).write_bytes(b"before " + ENCODINGS[encoding](value) + b" after")

    found = {(hit.where, hit.name) for path in data.iterdir() for hit in search.hits(path.name, path.read_bytes())}

    assert clean == []
    assert found == {(encoding, name) for encoding, (name, _) in victims.items()}


@pytest.mark.parametrize("place", ["pages of the database", "pages of its log"])
def test_a_leak_in_the_ledger_itself_is_found(tmp_path: Path, place: str) -> None:
    path = tmp_path / "credwatch.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma journal_mode = wal" if "log" in place else "pragma journal_mode = delete")
        db.execute("create table kept (detail text)")
        db.execute("insert into kept values (?)", (f"HTTP 401: {ODD}",))
        db.commit()
        files = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    wanted = "credwatch.db-wal" if "log" in place else "credwatch.db"

    assert [hit.form for hit in Search([("leak", ODD)]).hits(wanted, files[wanted])]


def test_a_value_that_is_nowhere_is_found_nowhere() -> None:
    search = Search((str(number), secrets.token_hex(20)) for number in range(200))
    noise = secrets.token_bytes(1 << 18)

    assert search.hits("noise", noise + noise.hex().encode() + base64.b64encode(noise)) == []


def test_every_form_is_long_enough_to_mean_something() -> None:
    assert [name for name, written in forms(PLAIN) if len(written) < 16] == []
