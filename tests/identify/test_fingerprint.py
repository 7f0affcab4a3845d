"""Where a key is, and what tells it apart."""

from __future__ import annotations

import pytest

from credwatch.identify import fingerprint, place_of
from credwatch.model import Kind, Role
from credwatch.secrets import Secret


def test_a_place_has_no_field_for_a_bare_string() -> None:
    assert (place_of("p", "a/b", "X"), place_of("p", "a/b", "")) == ("p:a/b#X", "p:a/b")


PAIRED = Kind(
    "k",
    "v",
    "V",
    "k",
    (
        Role("id", "."),
        Role("a", ".", secret=True),
        Role("b", ".", secret=True),
        Role("c", ".", secret=True, optional=True),
    ),
)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": "x", "b": "y"}, {"a": "x", "b": "y"}, True),
        ({"a": "x", "b": "y", "id": "1"}, {"a": "x", "b": "y", "id": "2"}, True),
        ({"a": "x", "b": "y", "c": "1"}, {"a": "x", "b": "y"}, True),
        ({"a": "xy", "b": "z"}, {"a": "x", "b": "yz"}, False),
        ({"a": "x"}, {"b": "x"}, False),
        ({"id": "1"}, {"id": "2"}, False),
        ({"a": "\udcff"}, {"a": "\ud800"}, False),
    ],
)
def test_a_fingerprint_tells_the_required_secrets_apart(one: dict[str, str], other: dict[str, str], same: bool) -> None:  # noqa: FBT001  a column of the table
    prints = [
        fingerprint(b"k" * 32, PAIRED, {role: Secret(text) for role, text in values.items()}) for values in (one, other)
    ]

    assert (prints[0] == prints[1]) is same
    assert [len(bytes.fromhex(text)) for text in prints] == [16, 16]


def test_a_fingerprint_depends_on_the_key() -> None:
    assert fingerprint(b"1" * 32, PAIRED, {"a": Secret("x")}) != fingerprint(b"2" * 32, PAIRED, {"a": Secret("x")})
