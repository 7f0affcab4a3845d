"""What holds for every payload, against readers that others wrote where there are any."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import unquote

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from credwatch.config.places import matches
from credwatch.fields import DEEPEST, unfold
from credwatch.identify import place_of
from credwatch.model import Payload
from credwatch.secrets import Secret

PIECES = st.sampled_from(
    [
        *"{}[]\",:='\\# \t\n\r;$%.*",
        "export ",
        "A=",
        "KEY_1 = ",
        '{"a":',
        '{"a":"',
        '\\"',
        "null",
        "1e999",
        "-----BEGIN A-----\n",
        "-----END A-----",
        "\ufeff",
        "\0",
        "\udcff\udcfe",
        "\udcfe\udcff",
        "\ud800",
        "\u2028",
        "word",
        "ä",
        "\U0001f511",
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)
NAMES = st.text(min_size=1, max_size=6) | st.sampled_from([".", "#", "%", "*", "a.b", "%23", "**", "a#b", "/", "a:b"])


def opened(stored: str | bytes | dict[str, str]) -> list[tuple[str, str]]:
    parts = stored if isinstance(stored, dict) else {"": stored}
    leaves = unfold(Payload({name: Secret(value) for name, value in parts.items()}))
    return [(leaf.name, leaf.value.reveal()) for leaf in leaves]


@given(TEXTS | st.binary(max_size=200))
def test_every_payload_is_opened_into_leaves_with_names_of_their_own(stored: str | bytes) -> None:
    found = opened(stored)

    assert len({name for name, _ in found}) == len(found)
    assert all(name.count(".") < DEEPEST for name, _ in found)


@given(TEXTS)
def test_what_is_not_opened_stays_as_it_was_stored(stored: str) -> None:
    found = opened(stored)

    if [name for name, _ in found] == [""]:
        assert found == [("", stored.removeprefix("\ufeff").rstrip("\r\n"))] or stored[:2] in (
            "\udcff\udcfe",
            "\udcfe\udcff",
        )


@given(TEXTS)
def test_every_value_stands_in_what_was_stored_or_was_escaped_there(stored: str) -> None:
    pieces = [value for _, value in opened(stored)]

    escaped = any(sign in stored for sign in ('"', "\\", "\udcff", "\udcfe"))
    assert escaped or all(value in stored for value in pieces)


@given(TEXTS.filter(lambda text: not any("\ud800" <= one <= "\udfff" for one in text)))
def test_the_encoding_of_a_payload_changes_nothing(text: str) -> None:
    text = text.removeprefix("\ufeff").lstrip("\ufeff")
    marked = "\ufeff" + text

    assert opened(marked.encode()) == opened(text)
    assert opened(marked.encode("utf-16-le")) == opened(text)
    assert opened(marked.encode("utf-16-be")) == opened(text)


@given(st.dictionaries(NAMES, st.text(max_size=4) | st.dictionaries(NAMES, st.text(max_size=3), max_size=3)))
def test_a_name_is_found_again_in_its_place_and_is_no_pattern(stored: dict[str, Any]) -> None:
    names = [name for name, _ in opened(json.dumps(stored))]
    places = [place_of("vault", "kv/app", name) for name in names]

    assert [place.rpartition("#")[2] for place in places] == names
    assert not any(set("#*") & set(name) for name in names)
    assert {unquote(name) for name in names if "." not in name} <= set(stored)
    assert all(place.encode() for place in places)
    assert [[matches(one, other) for other in places] for one in places if "#" in one] == [
        [one == other for other in places] for one in places if "#" in one
    ]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=3)), max_size=6))
def test_of_a_name_that_stands_twice_the_last_holds_as_json_has_it(pairs: list[tuple[str, str]]) -> None:
    text = "{" + ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs) + "}"
    last: dict[str, str] = json.loads(text)

    plain = {name: value.rstrip("\r\n") for name, value in last.items() if value.lstrip()[:1] not in tuple("{[")}
    assert {name: value for name, value in opened(text) if name in plain} == plain


ASSIGNED = st.from_regex(r"[A-Z_][A-Z0-9_]{0,6}", fullmatch=True)
BARE = st.from_regex(r"[A-Za-z0-9_./:@%^&*()+~-][A-Za-z0-9_./:@%^&*()+~= -]{0,12}", fullmatch=True)
QUOTED = st.text(st.characters(codec="ascii", exclude_characters="\\'\"\0\r", exclude_categories=["Cc"]), max_size=12)
VALUES = st.one_of(
    BARE.map(lambda value: (value, value.strip())),
    BARE.map(lambda value: (f"{value} # why", value.strip())),
    QUOTED.map(lambda value: (f"'{value}'", value)),
    st.lists(QUOTED, max_size=3).map(lambda lines: (f'"{chr(10).join(lines)}"', "\n".join(lines))),
    QUOTED.map(lambda value: (f'"{value}\\n\\t\\"\\\\"', f'{value}\n\t"\\')),
    st.just(("", "")),
)
LINES = st.lists(st.tuples(st.booleans(), ASSIGNED, VALUES), min_size=1, max_size=6)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@given(lines=LINES)
def test_what_both_understand_of_dotenv_reads_as_the_usual_library_reads_it(
    lines: list[tuple[bool, str, tuple[str, str]]], end: str
) -> None:
    """Names of capitals, `export`, comments after a space, bare values, both quotes, several lines, \\n \\t \\" \\\\."""
    text = "FIRST=1\n" + "".join(
        f"{'export ' if exported else ''}{name}={written}{end}" for exported, name, (written, _) in lines
    )
    meant = {"FIRST": "1"} | {name: value for _, name, (_, value) in lines}

    usual = dotenv_values(stream=io.StringIO(text, newline=""), interpolate=False)
    ours = dict(opened(text))

    strings = {name for name, value in meant.items() if value.lstrip()[:1] not in tuple("{[")}
    assert {name: ours[name] for name in strings} == {name: meant[name].rstrip("\r\n") for name in strings}
    assert {name: usual[name] for name in strings} == {name: meant[name] for name in strings}
