"""A vendor's list that shows how its keys end: which of them a stored value is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from credwatch.clock import SYSTEM
from credwatch.config.loading import parse
from credwatch.contract import Item, Payload, Secret, Unlisted
from credwatch.ledger import Ledger
from credwatch.looking import Watch
from credwatch.looking.reading import read
from credwatch.model import Facts
from credwatch.probing import Try

VALUE = f"sk-svcacct-{'a' * 58}T3BlbkFJ{'b' * 54}wxYZ"
CONFIG = '[providers.here]\nuse = "files"\npaths = ["/nothing"]\n'
NAMED = '[[identify]]\nplace = "here:/shelf/*"\nis = "openai-api-key"\nkey_id = "key_2"\n'


class Shelf:
    """A store of one key."""

    name = "here"

    def items(self) -> Iterator[Item | Unlisted]:
        """One."""
        yield Item("here", "/shelf/a.env")

    def read(self, item: Item) -> Payload:  # noqa: ARG002  there is one
        """The key."""
        return Payload({"": Secret(f"OPENAI_API_KEY={VALUE}\n")})


def _facts(config: str, listed: list[tuple[str, str]]) -> Facts:
    """What is known of the stored key beside this list of ends and ids."""
    with (
        Ledger.open(None, now=SYSTEM.now()) as ledger,
        Watch.of(parse(CONFIG + config, {}, "credwatch.toml"), ledger, SYSTEM, threading.Event()) as watch,
    ):
        beside = replace(watch, hints={"openai-api-key": listed})
        (seen,) = read(beside, Shelf(), Item("here", "/shelf/a.env"))
        assert isinstance(seen, Try)
        return seen.match.facts


@pytest.mark.parametrize(
    ("config", "listed", "key_id"),
    [
        pytest.param("", [("wxYZ", "key_1")], "key_1", id="four characters tell it"),
        pytest.param("", [("xYZ", "key_1")], None, id="three do not"),
        pytest.param("", [("wxYz", "key_1")], None, id="another end"),
        pytest.param("", [("wxYZ", "key_1"), ("wxYZ", "key_2")], None, id="two that end so"),
        pytest.param("", [("wxYZ", "key_1"), ("xYZ", "key_2")], "key_1", id="the longer end"),
        pytest.param(NAMED, [("xYZ", "key_1"), ("xYZ", "key_2")], "key_2", id="the one of two that is named"),
        pytest.param(NAMED, [("xYz", "key_2")], None, id="named, and ends otherwise"),
        pytest.param(NAMED, [("xYZ", "key_1")], None, id="named, and no longer listed"),
        pytest.param(NAMED, [("wxYZ", "key_1"), ("abc", "key_2")], "key_1", id="named once, and another one by now"),
        pytest.param(NAMED.replace("shelf", "other"), [("xYZ", "key_2")], None, id="named for another place"),
    ],
)
def test_a_value_is_the_listed_key_that_ends_as_it_does(
    config: str, listed: list[tuple[str, str]], key_id: str | None
) -> None:
    assert _facts(config, listed).key_id == key_id
