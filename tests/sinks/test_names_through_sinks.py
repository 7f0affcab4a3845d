"""A name that somebody chose to do harm comes out of every sink as the name that it is, and does nothing on its way."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credwatch.log import escape_control, typed
from tests.sinks.names import HOSTILE, numbered, unseen
from tests.sinks.sinks import SINKS

LETTERS = st.one_of(
    st.characters(codec=None, categories=None),
    st.sampled_from("\x00\x1b\x7f\x9b\n\r\t\u202e\u200b\u200d\ud800\udc00`*_~:<>&|!@#%.\\\"'/=+-,;{}[]() "),
)
NAMES = st.text(LETTERS, min_size=1, max_size=24)
"""Half surrogates, too."""


@pytest.fixture(autouse=True)
def _a_wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "9000")


@pytest.mark.parametrize("sink", SINKS)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_comes_out_as_itself(name: str, sink: str) -> None:
    assert SINKS[sink].through(HOSTILE[name]) == SINKS[sink].carries(HOSTILE[name])


@pytest.mark.parametrize("sink", SINKS)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES)
def test_any_name_comes_out_as_itself(sink: str, name: str) -> None:
    assert SINKS[sink].through(name) == SINKS[sink].carries(name)


def test_of_all_characters_those_and_only_those_are_numbers_that_nobody_could_see() -> None:
    letters = [chr(number) for number in range(0x110000)]

    odd = [letter for letter in letters if (escape_control(letter) != letter) != unseen(letter)]

    assert [ascii(letter) for letter in odd if unicodedata.category(letter) != "Cn"] == []
    assert len(odd) < 20


@given(NAMES)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_what_was_shown_is_shown_the_same_again_and_can_be_typed(name: str) -> None:
    shown = escape_control(name)

    assert shown == numbered(name)
    assert escape_control(shown) == shown
    assert "\\" in name or typed(shown) == name
