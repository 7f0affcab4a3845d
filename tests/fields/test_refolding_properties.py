"""What holds for every payload into which a new value is put."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from dotenv import dotenv_values
from hypothesis import example, given
from hypothesis import strategies as st

from credwatch.errors import ProviderError
from credwatch.fields import refold, unfold
from credwatch.model import Payload, Reason
from credwatch.secrets import Secret
from tests.fields.test_unfolding_properties import ASSIGNED, NAMES, TEXTS

VALUES = st.text(max_size=12) | TEXTS
CLEAN = st.from_regex(r"[A-Za-z0-9+/=_.:-]{1,24}", fullmatch=True)
WHITE = st.text(" \t\r\n", max_size=3)


def payload_of(stored: str | bytes | dict[str, str]) -> Payload:
    parts = stored if isinstance(stored, dict) else {"": stored}
    return Payload({name: Secret(value) for name, value in parts.items()})


def opened(payload: Payload) -> dict[str, str]:
    return {leaf.name: leaf.value.reveal() for leaf in unfold(payload)}


def folded(payload: Payload, name: str, new: str) -> Payload | None:
    """None: it was refused, as it may be, permanently and without a cause that could quote the value."""
    try:
        return refold(payload, {name: Secret(new)})
    except ProviderError as error:
        if (error.reason, error.permanent, error.__cause__) != (Reason.MALFORMED, True, None):
            raise
        return None


@given(TEXTS | st.binary(max_size=200) | st.dictionaries(NAMES, TEXTS, min_size=1, max_size=3), VALUES, st.data())
def test_exactly_that_leaf_is_another_one(stored: str | bytes | dict[str, str], new: str, data: st.DataObject) -> None:
    before = payload_of(stored)
    leaves = opened(before)
    if not leaves:
        return
    name = data.draw(st.sampled_from(sorted(leaves)))
    after = folded(before, name, new)

    assert after is None or opened(after) == leaves | {name: new.rstrip("\r\n")}


@given(TEXTS | st.binary(max_size=200), st.data())
def test_the_same_values_give_the_same_leaves(stored: str | bytes, data: st.DataObject) -> None:
    before = payload_of(stored)
    leaves = opened(before)
    some = data.draw(st.lists(st.sampled_from(sorted(leaves)), unique=True)) if leaves else []
    try:
        after = refold(before, {name: Secret(leaves[name]) for name in some})
    except ProviderError:
        return

    assert opened(after) == leaves


@given(st.text(max_size=8), CLEAN)
def test_a_leaf_that_is_not_there_is_refused(name: str, new: str) -> None:
    before = payload_of('{"a": {"b": "x"}, "c": 1}')

    assert (folded(before, name, new) is None) == (name not in opened(before))


def around(value: Any, path: list[str], space: Callable[[], str]) -> tuple[str, str]:
    """JSON with white space of any sort, cut at the string at the end of this path: what is before it and after it."""
    if not path:
        return "", ""
    before, after = around(value[path[0]], path[1:], space)
    rest = [
        f"{json.dumps(key)}{space()}:{space()}{json.dumps(below)}" for key, below in value.items() if key != path[0]
    ]
    half = len(rest) // 2
    comma = f"{space()},{space()}"
    opening = "".join(f"{each}{comma}" for each in rest[:half])
    closing = "".join(f"{comma}{each}" for each in rest[half:])
    return (
        f"{{{space()}{opening}{json.dumps(path[0])}{space()}:{space()}{before}",
        f"{after}{space()}{closing}{space()}}}",
    )


PLAIN = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
OTHERS = st.dictionaries(
    PLAIN, PLAIN | st.integers() | st.none() | st.floats() | st.lists(PLAIN, max_size=2), max_size=3
)


@given(OTHERS, st.lists(PLAIN, min_size=1, max_size=3), PLAIN, CLEAN, st.data())
def test_of_json_nothing_changes_but_the_string(
    others: dict[str, Any], path: list[str], old: str, new: str, data: st.DataObject
) -> None:
    value: Any = old
    for name in reversed(path):
        value = {**{key: below for key, below in others.items() if key != name}, name: value}
    before, after = around(value, path, lambda: data.draw(WHITE))
    [name] = opened(payload_of(json.dumps(nested(path))))
    payload = payload_of(f"{before}{json.dumps(old, ensure_ascii=data.draw(st.booleans()))}{after}")
    if name not in opened(payload):  # it is opened itself
        return
    tail = json.dumps(old[len(old.rstrip("\r\n")) :])[1:-1]

    done = folded(payload, name, new)

    assert done is not None
    assert done.parts[""].reveal() == f'{before}"{new}{tail}"{after}'


def nested(path: list[str]) -> Any:
    """Objects within objects, of these names, around a string."""
    value: Any = "x"
    for name in reversed(path):
        value = {name: value}
    return value


@given(st.integers(1, 4), CLEAN, CLEAN, st.booleans())
def test_of_json_within_json_nothing_changes_but_the_string(deep: int, old: str, new: str, ascii_only: bool) -> None:  # noqa: FBT001  drawn
    def wrapped(value: str) -> str:
        text = value
        for number in range(deep):
            text = json.dumps({"é": "ü\n", "a": text, "n": number}, ensure_ascii=ascii_only, indent=number)
        return text

    done = folded(payload_of(wrapped(old)), ".".join("a" * deep), new)

    assert done is not None
    assert done.parts[""].reveal() == wrapped(new)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@given(
    before=st.lists(st.sampled_from(["# why", "", "B=1", "export C='x y'", 'D="a\\nb" # c']), max_size=3),
    line=st.sampled_from(["A={}", "export A = {}  # why", "A='{}'", 'A = "{}" # why', " A={} "]),
    after=st.lists(st.sampled_from(["# A=9", "", "B=2", "E="]), max_size=3),
    name=ASSIGNED,
    old=CLEAN,
    new=CLEAN,
)
@example(before=[], line="A={}", after=[], name="A", old="=", new="=")
def test_of_assignments_nothing_changes_but_the_value(
    end: str, mark: str, encoding: str, before: list[str], line: str, after: list[str], name: str, old: str, new: str
) -> None:
    if encoding != "utf-8":
        mark = "\ufeff"
    line = line.replace("A", name, 1)

    def written(value: str) -> str:
        return mark + end.join(["FIRST=1", *before, f"{name}=earlier", line.format(value), *after, ""])

    if name in {"B", "C", "D", "E", "FIRST"}:
        return
    done = folded(payload_of(written(old).encode(encoding)), name, new)

    assert done is not None
    assert done.parts[""].reveal_bytes() == written(new).encode(encoding)


@given(
    quote=st.sampled_from(["", "'", '"']),
    old=CLEAN,
    new=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=12),
)
def test_what_was_written_into_an_assignment_the_usual_library_reads_too(quote: str, old: str, new: str) -> None:
    text = f"FIRST=1\nA={quote}{old}{quote}\nLAST=2\n"
    done = folded(payload_of(text), "A", new)
    if done is None:
        return
    usual = dotenv_values(stream=io.StringIO(done.parts[""].reveal(), newline=""), interpolate=False)

    assert usual == {"FIRST": "1", "A": new, "LAST": "2"}
