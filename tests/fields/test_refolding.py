"""How a new value is put into the place of an old one."""

from __future__ import annotations

import json

import pytest

from credwatch.errors import ProviderError
from credwatch.fields import DEEPEST, refold, unfold
from credwatch.model import Payload, Reason
from credwatch.secrets import Secret

PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQ==\n-----END PRIVATE KEY-----"
OTHER = "-----BEGIN PRIVATE KEY-----\nAAAAvQ==\n-----END PRIVATE KEY-----"
DEEP = '{"a":' * (DEEPEST - 1) + '{"k": "x", "n": {"m": "x"}}' + "}" * (DEEPEST - 1)
DEEPEST_NAME = ".".join([*"a" * (DEEPEST - 1), "k"])
NESTED = json.dumps({"a": json.dumps({"b": json.dumps({"c": 'de"ep', "d": 1}, indent=1)}), "é": "é"})


def payload(stored: str | bytes | dict[str, str]) -> Payload:
    parts = stored if isinstance(stored, dict) else {"": stored}
    return Payload({name: Secret(value) for name, value in parts.items()})


def refolded(stored: str | bytes | dict[str, str], new: dict[str, str]) -> dict[str, bytes]:
    done = refold(payload(stored), {name: Secret(value) for name, value in new.items()})
    return {name: value.reveal_bytes() for name, value in done.parts.items()}


@pytest.mark.parametrize(
    ("stored", "new", "result"),
    [
        pytest.param("old", {"": "new"}, "new", id="a bare value"),
        pytest.param("old\r\n\n", {"": "new"}, "new\r\n\n", id="the newlines at the end stay"),
        pytest.param("old\n", {"": "new\r\n"}, "new\n", id="those of the new value are not taken"),
        pytest.param("", {"": "new"}, "new", id="where nothing was"),
        pytest.param(f"{PEM}\n", {"": OTHER}, f"{OTHER}\n", id="a PEM block"),
        pytest.param(b"\xff\x00", {"": "\udcfe\x00"}, b"\xfe\x00", id="bytes that are no text"),
        pytest.param("\ufeffold\n", {"": "new"}, "\ufeffnew\n", id="the mark of a byte order stays"),
        pytest.param(
            "\ufeffA=1\r\nB=2".encode("utf-16-le"), {"B": "3"}, "\ufeffA=1\r\nB=3".encode("utf-16-le"), id="UTF-16"
        ),
        pytest.param("\ufeffx\n".encode("utf-16-be"), {"": "ä"}, "\ufeffä\n".encode("utf-16-be"), id="the other one"),
        pytest.param(
            ' {"b":1,\n\t"a" : "x" } \n', {"a": "y"}, ' {"b":1,\n\t"a" : "y" } \n', id="white space and order"
        ),
        pytest.param(
            '{"a": "\\u0061\\/", "b": "x", "c": 1.50}',
            {"b": 'q"\\\n'},
            '{"a": "\\u0061\\/", "b": "q\\"\\\\", "c": 1.50}',
            id="escapes and numbers elsewhere",
        ),
        pytest.param('{"a": "x\\n"}', {"a": "y\nz"}, '{"a": "y\\nz\\n"}', id="a newline at a string's end"),
        pytest.param('{"a":"x","a":"x"}', {"a": "y"}, '{"a":"x","a":"y"}', id="the last of a name"),
        pytest.param(
            '{"a":{"b":"x"},"a":{"b":"x"}}', {"a.b": "y"}, '{"a":{"b":"x"},"a":{"b":"y"}}', id="the last of an object"
        ),
        pytest.param('["x", 1, ["x", {"k": "x"}]]', {"2.1.k": "y"}, '["x", 1, ["x", {"k": "y"}]]', id="an array"),
        pytest.param(
            '{"a.b": "x", "\\u0061": {"b": "x"}}', {"a%2Eb": "y"}, '{"a.b": "y", "\\u0061": {"b": "x"}}', id="a dot"
        ),
        pytest.param('{"a": "😀x"}', {"a": "ä"}, '{"a": "\\u00e4"}', id="what is no ASCII is escaped"),
        pytest.param('{"": "x", "b": "{}"}', {"": "y"}, '{"": "y", "b": "{}"}', id="a name that is empty"),
        pytest.param(DEEP, {DEEPEST_NAME: "y"}, DEEP.replace('"k": "x"', '"k": "y"'), id="as deep as names go"),
        pytest.param(NESTED, {"a.b.c": "new"}, NESTED.replace('de\\\\\\\\\\\\\\"ep', "new"), id="JSON in JSON in JSON"),
        pytest.param(
            '{"a": "{\\u0022b\\u0022:\\t\\"x\\"}"}'.replace("\\t", " "),
            {"a.b": "y"},
            '{"a": "{\\u0022b\\u0022: \\"y\\"}"}',
            id="the escapes around it",
        ),
        pytest.param({"A": "x\n", "B": '{"k":"x"}'}, {"B.k": "y"}, {"A": "x\n", "B": '{"k":"y"}'}, id="named parts"),
        pytest.param({"A": "x", "B": "x"}, {"A": "1", "B": "2"}, {"A": "1", "B": "2"}, id="two parts"),
        pytest.param({"A": "X=1\nY=2"}, {"A": "Z=1"}, {"A": "Z=1"}, id="a part is not read as dotenv"),
        pytest.param('{"a":"x","b":"x"}', {"b": "longer", "a": ""}, '{"a":"","b":"longer"}', id="two leaves"),
        pytest.param({"A": "x", "B": "x"}, {}, {"A": "x", "B": "x"}, id="nothing"),
    ],
)
def test_a_value_is_replaced_and_nothing_else(
    stored: str | bytes | dict[str, str], new: dict[str, str], result: str | bytes | dict[str, str]
) -> None:
    meant = result if isinstance(result, dict) else {"": result}

    assert refolded(stored, new) == {
        name: value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
        for name, value in meant.items()
    }


@pytest.mark.parametrize(
    ("line", "new", "result"),
    [
        ("A=old", "new", "A=new"),
        ("  export A = old  # why", "new", "  export A = new  # why"),
        ("A=old\nB=1\nA=old", "new", "A=old\nB=1\nA=new"),
        ("A=", "new", "A=new"),
        ("A= # why", "new", "A=new # why"),
        ("A='old' # why", 'n w"$#', "A='n w\"$#' # why"),
        ("A='old'", "n\\w\\", "A='n\\w\\\\'"),
        ("A='it\\'s'", "he's", "A='he\\'s'"),
        ('A="old"', 'n"w \\ #', 'A="n\\"w \\\\ #"'),
        ('A="o$d"', "n$w", 'A="n$w"'),
        ('A="old"', "two\nlines", 'A="two\nlines"'),
        ('A="o\\nd"', "two\nlines", 'A="two\\nlines"'),
        (f"A={PEM}", OTHER, f"A={OTHER}"),
        (f'A="{PEM}\n" # why', OTHER, f'A="{OTHER}\n" # why'),
        ("A=p#w", "n#w", "A=n#w"),
        ("A=old", "n/w+~^=%:@,.*{}[]-_!?", "A=n/w+~^=%:@,.*{}[]-_!?"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_assignment_keeps_its_quotes_and_all_around_it(line: str, new: str, result: str, end: str) -> None:
    before, after = f"# first{end}X='1' {end}{end}", f"{end}Y=2 # last{end}"

    assert refolded(before + line + after, {"A": new}) == {"": (before + result + after).encode()}


def test_json_in_an_assignment_is_written_as_the_line_is_quoted() -> None:
    stored = 'A={"k": "x"}\nB=\'{"k": "x"}\'\nC="{\\"k\\": \\"x\\"}"\n'

    assert refolded(stored, {"A.k": "y", "B.k": 'y"z', "C.k": 'y"z'}) == {
        "": b'A={"k": "y"}\nB=\'{"k": "y\\"z"}\'\nC="{\\"k\\": \\"y\\\\\\"z\\"}"\n'
    }


@pytest.mark.parametrize(
    ("stored", "name", "new"),
    [
        pytest.param("old", "a", "new", id="a name that is not there"),
        pytest.param('{"a": 1, "b": "x"}', "a", "new", id="a number"),
        pytest.param('{"a": "x", "a": 1, "b": "x"}', "a", "new", id="a string, and then a number of that name"),
        pytest.param(DEEP, ".".join([*"a" * (DEEPEST - 1), "n"]), "new", id="nested too deep"),
        pytest.param("old", "", '{"a": "new"}', id="a bare value that would be opened"),
        pytest.param("old", "", "A=1\nB=2", id="a bare value that would be assignments"),
        pytest.param('{"a": "x"}', "a", '{"b": "new"}', id="a string that would be opened"),
        pytest.param('{"a": "x"}', "a", "\ud800", id="what is no text"),
        pytest.param('{"a": "x"}', "a", "\udcff", id="bytes in JSON"),
        pytest.param("old", "", "\ud800", id="what cannot be bytes"),
        pytest.param("old", "", "\udcc3\udca4", id="what would be another text when it comes back"),
        pytest.param("\ufeffx".encode("utf-16-le"), "", "\udcff", id="what UTF-16 cannot hold"),
        *(
            pytest.param(f"A={old}\nB=1", "A", f"n{new}w", id=f"{new!r} in {old}")
            for old, signs in (("old", " \n\t#\"'$`\\;&|<>()"), ("'old'", "'"), ('"old"', "$`"))
            for new in signs
        ),
        pytest.param(f"A={PEM}\nB=1", "A", PEM.replace("PRIVATE", "PUBLIC") + "\nC=", id="a PEM block with more"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_and_without_its_value(
    stored: str | bytes, name: str, new: str
) -> None:
    with pytest.raises(ProviderError) as refused:
        refolded(stored, {name: new})

    assert (refused.value.reason, refused.value.permanent) == (Reason.MALFORMED, True)
    assert new not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_payload_that_is_nested_without_end_is_refused() -> None:
    stored = '{"a":' * 100_000 + '"x"' + "}" * 100_000

    with pytest.raises(ProviderError):
        refolded(stored, {"": "new"})


def test_a_payload_of_a_megabyte_is_folded() -> None:
    stored = json.dumps({"big": 'x"' * 500_000, "a": json.dumps({"k": "x", "big": "\\" * 100_000})})

    folded = refolded(stored, {"a.k": "y"})[""].decode()

    assert folded == stored.replace('\\"k\\": \\"x\\"', '\\"k\\": \\"y\\"')
    assert len(unfold(payload(folded))) == 3
