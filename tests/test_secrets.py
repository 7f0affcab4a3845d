"""A value can be carried but not shown."""

from __future__ import annotations

import copy
import gc
import json
import operator
import pickle
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credwatch.secrets import Secret, alive, own

VALUE = "sk-canary-0001"


@dataclass(frozen=True)
class Holder:
    secret: Secret


@pytest.mark.parametrize(
    "show",
    [
        str,
        repr,
        "{}".format,
        "{:>40}".format,
        "{!r}".format,
        "{!a}".format,
        lambda secret: f"{secret}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031  this form too
        lambda secret: repr([secret]),
        lambda secret: repr(Holder(secret)),
        lambda secret: str(ValueError(secret)),
        lambda secret: repr(dir(secret)),
        lambda secret: "".join(traceback.format_exception(ValueError(secret))),
    ],
)
def test_it_has_no_text(show: Callable[[Any], str]) -> None:
    assert VALUE not in show(Secret(VALUE))


@pytest.mark.parametrize(
    "carry",
    [
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        json.dumps,
        hash,
        vars,
        iter,
        lambda secret: secret == Secret(VALUE),
        lambda secret: secret != VALUE,
        lambda secret: operator.eq(VALUE, secret),
        lambda secret: operator.contains([VALUE], secret),
        lambda secret: {secret: 1},
        lambda secret: secret + "",
        lambda secret: secret[0],
        lambda secret: asdict(Holder(secret)),
    ],
)
def test_it_cannot_be_compared_copied_or_stored(carry: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError) as caught:
        carry(Secret(VALUE))

    assert VALUE not in str(caught.value)


def test_it_takes_no_further_attributes() -> None:
    with pytest.raises(AttributeError):
        Secret(VALUE).note = "x"  # type: ignore[attr-defined]


def test_it_is_revealed_on_purpose() -> None:
    secret = Secret(VALUE)

    assert (secret.reveal(), secret.reveal_bytes(), len(secret), bool(secret)) == (VALUE, VALUE.encode(), 14, True)


def test_an_empty_one_is_false() -> None:
    assert not Secret("")


@given(st.binary())
def test_bytes_come_back_as_they_were(value: bytes) -> None:
    assert Secret(value).reveal_bytes() == value


@given(st.text())
def test_text_comes_back_as_it_was(value: str) -> None:
    assert Secret(value).reveal() == value


def test_the_living_are_known_and_the_dead_forgotten() -> None:
    secret = Secret(VALUE)
    known = sum(held is secret for held in alive())
    number = id(secret)
    del secret
    gc.collect()

    assert (known, number in map(id, alive())) == (1, False)


def test_one_of_our_own_is_known_until_the_end_and_once() -> None:
    for _ in range(3):
        Secret("sk-of-our-own-0001").ours()
    gc.collect()

    assert [secret.reveal() for secret in own()].count("sk-of-our-own-0001") == 1
