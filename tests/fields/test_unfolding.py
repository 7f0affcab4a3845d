"""What a payload is opened into."""

from __future__ import annotations

import io
import json
import string
import time
from urllib.parse import unquote

import pytest
from dotenv import dotenv_values
from hypothesis import example, given
from hypothesis import strategies as st

from credwatch.fields import DEEPEST, unfold
from credwatch.model import Payload
from credwatch.secrets import Secret

PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQ==\nAbC=\n-----END PRIVATE KEY-----"


def opened(stored: str | bytes | dict[str, str]) -> dict[str, str]:
    parts = stored if isinstance(stored, dict) else {"": stored}
    leaves = unfold(Payload({name: Secret(value) for name, value in parts.items()}))
    assert len({leaf.name for leaf in leaves}) == len(leaves)
    return {leaf.name: leaf.value.reveal() for leaf in leaves}


@pytest.mark.parametrize(
    ("stored", "leaves"),
    [
        pytest.param("hunter2", {"": "hunter2"}, id="a bare string has no name"),
        pytest.param("hunter2\r\n", {"": "hunter2"}, id="the newline of an editor is not part of a value"),
        pytest.param(PEM + "\n", {"": PEM}, id="a PEM block is one leaf, though its padding looks like an assignment"),
        pytest.param("QUJDRA==", {"": "QUJDRA=="}, id="base64 padding is no assignment"),
        pytest.param(
            "AccountName=a;AccountKey=b==", {"": "AccountName=a;AccountKey=b=="}, id="a connection string is one leaf"
        ),
        pytest.param("postgres://u:p@h/d?x=y", {"": "postgres://u:p@h/d?x=y"}, id="a URL is one leaf"),
        pytest.param("some prose\na=b\n", {"": "some prose\na=b"}, id="prose is one leaf"),
        pytest.param('{"a": "x", "b": {"c": ["y", "z"]}}', {"a": "x", "b.c.0": "y", "b.c.1": "z"}, id="nested JSON"),
        pytest.param('{"n": 1, "t": true, "x": null, "s": "v"}', {"s": "v"}, id="what is not a string is no leaf"),
        pytest.param('{"a.b": "1", "a": {"b": "2"}}', {"a%2Eb": "1", "a.b": "2"}, id="a dot in a name is told apart"),
        pytest.param('{"x#y%z*": "1"}', {"x%23y%25z%2A": "1"}, id="what means something in a place is encoded"),
        pytest.param('{"\\ud800": "1"}', {"%ED%A0%80": "1"}, id="a name that is no text is encoded"),
        pytest.param('["x", ["y"]]', {"0": "x", "1.0": "y"}, id="an array counts from 0"),
        pytest.param('{"a": "x"', {"": '{"a": "x"'}, id="broken JSON is one leaf"),
        pytest.param('"quoted"', {"": '"quoted"'}, id="a JSON string stays as it is stored"),
        pytest.param('{"a": ' + "9" * 5000 + ', "b": "x"}', {"b": "x"}, id="a number beyond reading hides nothing"),
        pytest.param('{"a": NaN, "b": -Infinity, "c": 1e999, "d": "x"}', {"d": "x"}, id="numbers that are none"),
        pytest.param('{"a": "x", "a": "y"}', {"a": "y"}, id="the last of a name"),
        pytest.param({"A": '{"private_key": "k"}', "B": "v"}, {"A.private_key": "k", "B": "v"}, id="JSON in a part"),
        pytest.param({"A": "X=1\nY=2"}, {"A": "X=1\nY=2"}, id="only a whole payload is read as dotenv"),
        pytest.param({"": "x", "y": "z"}, {"": "x", "y": "z"}, id="a part without a name"),
        pytest.param('GCP={"private_key": "k"}\nB=1', {"GCP.private_key": "k", "B": "1"}, id="JSON in dotenv"),
        pytest.param(b"\xff\xfe\x00", {"": "\udcff\udcfe\x00"}, id="bytes that are no text"),
        pytest.param("\ufeffhunter2", {"": "hunter2"}, id="the mark of a byte order is not part of a value"),
        pytest.param("\ufeffA=1\nB=2".encode("utf-16-le"), {"A": "1", "B": "2"}, id="UTF-16 as Windows writes it"),
        pytest.param('\ufeff{"a": "ä"}'.encode("utf-16-be"), {"a": "ä"}, id="the other UTF-16"),
        pytest.param({"A": "x", "B": "\ufeffy".encode("utf-16-le")}, {"A": "x", "B": "y"}, id="UTF-16 in a part"),
        pytest.param("", {"": ""}, id="nothing"),
    ],
)
def test_a_payload_is_opened_into_its_strings(stored: str | dict[str, str], leaves: dict[str, str]) -> None:
    assert opened(stored) == leaves


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=1", "1"),
        ("export A=1", "1"),
        ("  A = 1  ", "1"),
        ("A=1 # comment", "1"),
        ("A=1#no-comment", "1#no-comment"),
        ("A=#fff", "#fff"),
        ("A= # comment", ""),
        ("A=", ""),
        ("A='x # y' # comment", "x # y"),
        ("A='it\\'s'", "it's"),
        ('A="say \\"hi\\" \\\\ \\n there"', 'say "hi" \\ \n there'),
        ('A="two\nlines"', "two\nlines"),
        (f'A="{PEM}"', PEM),
        (f"A={PEM}", PEM),
        ("A=$HOME/${USER}", "$HOME/${USER}"),
        ('A="unclosed', '"unclosed'),
        ("A=x=y==", "x=y=="),
        ("A=1\r", "1"),
        ("A=0\nA=1", "1"),
        ("\ufeffA=1", "1"),
        ("# note\n\nA=1", "1"),
        ("set -a\nA=1", "1"),
    ],
)
def test_dotenv_is_read_as_shells_read_it_and_nothing_is_expanded(line: str, value: str) -> None:
    assert opened(f"{line}\nZ=last\n") == {"A": value, "Z": "last"}


NAMES = st.from_regex(r"[A-Z][A-Z0-9_]{0,8}", fullmatch=True)
PRINTED = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=20)


@given(st.dictionaries(NAMES, PRINTED.filter(lambda text: not set("\\'") & set(text)), min_size=1))
def test_quoted_dotenv_reads_as_the_usual_library_reads_it(values: dict[str, str]) -> None:
    text = "X=1\n" + "\n".join(f"{name}_='{value}'" for name, value in values.items())
    usual = dotenv_values(stream=io.StringIO(text), interpolate=False)

    strings = {name: value for name, value in usual.items() if not (value or "").lstrip().startswith(("{", "["))}
    assert {name: opened(text)[name] for name in strings} == strings


NODES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=4), NODES) | st.lists(NODES))
@example({"": {"a": "1"}, "a": "2"})
def test_every_string_of_a_json_payload_is_one_leaf_with_a_name_of_its_own(stored: object) -> None:
    def strings(node: object, path: tuple[str, ...]) -> dict[tuple[str, ...], str]:
        if isinstance(node, str):
            return {} if node.lstrip().startswith(("{", "[")) else {path: node.rstrip("\r\n")}
        if isinstance(node, dict):
            return {at: text for key, child in node.items() for at, text in strings(child, (*path, key)).items()}
        if isinstance(node, list):
            return {
                at: text for key, child in enumerate(node) for at, text in strings(child, (*path, str(key))).items()
            }
        return {}

    found = {tuple(map(unquote, name.split("."))): value for name, value in opened(json.dumps(stored)).items()}

    assert {at: text for at, text in found.items() if not text.lstrip().startswith(("{", "["))} == strings(stored, ())


@given(st.text() | st.binary() | st.text(string.printable + "{}[]\"'=\n\\#-"))
def test_no_payload_breaks_the_reading(stored: str | bytes) -> None:
    assert opened(stored) or stored


@pytest.mark.parametrize("times", [100, 100_000])
def test_what_is_nested_without_end_stays_one_leaf(times: int) -> None:
    leaves = opened('{"a":' * times + '"x"' + "}" * times)

    assert list(leaves) in ([".".join("a" * DEEPEST)], [""])


def test_a_string_at_the_deepest_place_is_not_opened() -> None:
    leaves = opened('{"a":' * DEEPEST + json.dumps('{"b":"x"}') + "}" * DEEPEST)

    assert leaves == {".".join("a" * DEEPEST): '{"b":"x"}'}


def test_json_within_json_is_opened_only_so_deep() -> None:
    stored = "x"
    for _ in range(12):
        stored = json.dumps({"a": stored})

    assert opened(stored) == {".".join("a" * 12): "x"}


@pytest.mark.parametrize("text", ["A= " + " " * 200_000 + "x", "A='\n" * 50_000, "A=-----BEGIN A-----\n" * 20_000])
def test_a_hostile_text_is_read_in_linear_time(text: str) -> None:
    began = time.process_time()

    opened(text)

    assert time.process_time() - began < 3
