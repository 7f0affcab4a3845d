"""A value that is none: it costs itself, and the key in the file beside it is tried all the same."""

from __future__ import annotations

import json

import pytest

from tests.bad_input.hand import CANARY
from tests.bad_input.shelf import GOOD, Shelf

MIB = 1 << 20
LONG = "zq83hfkgWlq92nfp4Jx0Ls7dP1mvRb6T"
"""Random enough to be taken for a credential."""
OTHER = "0a1b2c3d" * 5
"""A Deepgram key of nobody."""
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIC" + CANARY + "\n-----END CERTIFICATE-----\n"

READ: dict[str, tuple[str, str | bytes, int]] = {
    "one MiB": ("x.env", b"A=" + b"a" * (MIB - 2), 1),
    "binary": ("x.bin", bytes(range(256)) * 40, 1),
    "NUL bytes": ("x.bin", b"\0" * 5_000, 1),
    "NUL bytes among the lines": ("x.env", f"A={LONG}{CANARY}\0\nB=2\n", 2),
    "invalid UTF-8": ("x.env", b"A=\xff\xfe" + LONG.encode() + b"\xe9\nB=2\n", 2),
    "UTF-16 without a mark": ("x.env", f"A={LONG}\nB=2\n".encode("utf-16-le"), 1),
    "UTF-16 of an odd length": ("x.env", b"\xff\xfeA\0=\0x", 1),
    "a deep object": ("x.json", '{"a":' * 100_000 + f'"{CANARY}"' + "}" * 100_000, 1),
    "a deep list": ("x.json", "[" * 100_000 + f'"{CANARY}"' + "]" * 100_000, 1),
    "a deep object without an end": ("x.json", '{"a":' * 100_000, 1),
    "a name twice": ("x.json", f'{{"a": "{CANARY}", "a": "{LONG}"}}', 1),
    "huge numbers": ("x.json", '{"n": ' + "9" * 6_000 + ', "m": -1e99999, "a": "b"}', 1),
    "NaN": ("x.json", '{"n": NaN, "m": Infinity, "a": "b"}', 1),
    "a lone surrogate": ("x.json", '{"a": "\\ud800' + LONG + '", "\\udfff": "b"}', 2),
    "broken JSON": ("x.json", f'{{"a": "{LONG}{CANARY}"', 1),
    "JSON in JSON in JSON": ("x.json", json.dumps({"a": json.dumps({"b": json.dumps({"c": LONG + CANARY})})}), 1),
    "nothing": ("x.env", b"", 1),
    "newlines": ("x.env", b"\r\n\n\r", 1),
    "a certificate that is none": ("x.pem", CERTIFICATE, 1),
    "a block without an end": ("x.pem", "-----BEGIN PRIVATE KEY-----\n" + "A" * 100_000, 1),
    "blocks without an end": ("x.pem", "-----BEGIN CERTIFICATE-----\n" * 30_000, 1),
    "quotes without an end": ("x.env", "A='\n" * 100_000, 1),
    "one long line": ("x.env", b"A" * (MIB // 2) + b"=" + b"b" * (MIB // 2 - 1), 1),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "fields"), READ.values(), ids=READ)
def test_an_odd_value_costs_nothing_and_nobody(shelf: Shelf, name: str, content: str | bytes, fields: int) -> None:
    shelf.put(name, content)

    done = shelf.hand("check", "shelf", "--json")

    standings = {key["place"].rpartition("/")[2]: key["standing"] for key in done.json["keys"]}
    assert (done.code, standings.pop(f"{GOOD}#DEEPGRAM_API_KEY")) == (0, "works")
    assert set(standings.values()) <= {"not tried"}
    assert done.json["fields"] == fields + 1
    assert done.peak < 300


def test_all_of_them_at_once_are_swept_and_the_key_beside_them_is_held(shelf: Shelf) -> None:
    for number, (name, content, _) in enumerate(READ.values()):
        shelf.put(f"{number:02}-{name}", content)

    done = shelf.sweep()

    assert done.code == 0, done.said
    assert f"  shelf  {len(READ) + 1} items" in done.out
    assert f"{GOOD}#DEEPGRAM_API_KEY" in shelf.held()
    assert done.peak < 300


def test_what_is_a_byte_too_large_is_told_and_nothing_of_it_is_called_gone(shelf: Shelf) -> None:
    shelf.put("x.env", f"DEEPGRAM_OTHER={OTHER}\n")
    shelf.sweep()
    before = shelf.held()
    shelf.put("x.env", b"A=" + b"a" * (MIB - 1))

    done, checked = shelf.sweep(), shelf.hand("check", "shelf")

    assert (done.code, checked.code) == (3, 3)
    assert "; 1 part of it not read: credwatch status shows which\n" in done.out
    assert ", in part: shelf, " in done.out
    assert "  shelf/x.env  not read: larger than 1 MiB\n" in checked.out
    assert "x.env: larger than 1 MiB. credwatch doctor shelf" in " ".join(shelf.hand("status").out.split())
    assert shelf.held() == before


LINES = "DEEPGRAM_API_KEY={}\r\nB=2\r\n"
OBJECT = '{{"DEEPGRAM_API_KEY": "{}", "n": 1}}\n'
ENCODED = {
    "lines with a mark of UTF-8": ("\ufeff" + LINES, "utf-8"),
    "lines in UTF-16 as Windows writes it": ("\ufeff" + LINES, "utf-16-le"),
    "lines in the other UTF-16": ("\ufeff" + LINES, "utf-16-be"),
    "lines after bytes that are no text": ("X=\udcff\udcfe\n" + LINES, "utf-8"),
    "lines before a NUL": (LINES + "\0", "utf-8"),
    "JSON with a mark of UTF-8": ("\ufeff" + OBJECT, "utf-8"),
    "JSON in UTF-16": ("\ufeff" + OBJECT, "utf-16-le"),
    "JSON with a name twice, the last of which holds": ('{{"DEEPGRAM_API_KEY": "x",' + OBJECT[2:], "utf-8"),
    "JSON beside a number beyond reading": ('{{"n": ' + "9" * 9_000 + "," + OBJECT[2:], "utf-8"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "encoding"), ENCODED.values(), ids=ENCODED)
def test_a_key_is_found_however_its_file_is_encoded(shelf: Shelf, text: str, encoding: str) -> None:
    (shelf.path / GOOD).unlink()
    shelf.put("x", text.format(shelf.key).encode(encoding, "surrogateescape"))

    done = shelf.hand("check", "shelf")

    assert (done.code, "#DEEPGRAM_API_KEY  Deepgram key" in done.out, "  works  " in done.out) == (0, True, True)


def test_a_wide_value_is_read_in_bounded_memory(shelf: Shelf) -> None:
    shelf.put("x.json", "[" + ",".join(['""'] * 349_000) + "]")
    shelf.put("y.json", "[" + ",".join(["[]"] * 349_000) + "]")

    done = shelf.hand("check", "shelf")

    assert done.code == 0
    assert "  works  " in done.out
    assert done.peak < 500


def test_ten_thousand_fields_are_ten_thousand_fields(shelf: Shelf) -> None:
    shelf.put("x.json", json.dumps({f"TOKEN_{number}": f"{LONG}{number}" for number in range(10_000)}))

    done = shelf.sweep()

    assert done.code == 0
    assert "  shelf  2 items, 10001 credentials" in done.out
    assert done.peak < 300
