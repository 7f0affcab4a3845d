from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from credwatch.clock import SYSTEM
from credwatch.config.loading import load
from credwatch.contract import Item, Payload, Secret, Unlisted
from credwatch.ledger import Ledger
from credwatch.ledger.connection import Connection
from credwatch.looking import Watch
from credwatch.looking.reading import read
from credwatch.model import Sighting
from credwatch.probing import Try

CONFIG = """
[daemon]
data = "{folder}/data"

[providers.here]
use   = "files"
paths = ["{folder}/nothing"]
"""
KEYS = 40


class Asked(Ledger):
    """Counts how often it is asked which values were answered lately, and answers as it is told."""

    def __init__(self, connection: Connection, random: Random) -> None:
        super().__init__(connection, random)
        self.asked: list[list[tuple[str, str]]] = []
        self.known: frozenset[str] = frozenset()

    def answered(
        self,
        fingerprints: Iterable[tuple[str, str]],
        since: datetime,  # noqa: ARG002  the ledger's own
        now: datetime | None = None,  # noqa: ARG002  the same
    ) -> frozenset[str]:
        """What it was told."""
        self.asked.append(list(fingerprints))
        return self.known


class Shelf:
    """A store of one text."""

    name = "here"

    def __init__(self, text: str) -> None:
        self._text = text

    def items(self) -> Iterator[Item | Unlisted]:
        """One."""
        yield Item("here", "/shelf/a.env")

    def read(self, item: Item) -> Payload:  # noqa: ARG002  there is one
        """The text."""
        return Payload({"": Secret(self._text)})


@pytest.fixture
def ledger() -> Iterator[Asked]:
    with Asked.open(None, now=SYSTEM.now()) as made:
        yield made


@pytest.fixture
def watch(ledger: Asked, tmp_path: Path) -> Iterator[Watch]:
    path = tmp_path / "credwatch.toml"
    path.write_text(CONFIG.format(folder=tmp_path))
    with Watch.of(load(path, {}), ledger, SYSTEM, threading.Event()) as made:
        yield made


def _value(number: int) -> str:
    return f"{number:040x}"


def _seen(watch: Watch, text: str, suspects: frozenset[str] = frozenset()) -> list[Try | Sighting | Unlisted]:
    shelf = Shelf(text)
    return [piece for item in shelf.items() if isinstance(item, Item) for piece in read(watch, shelf, item, suspects)]


def _tried(pieces: list[Try | Sighting | Unlisted]) -> list[str]:
    return [piece.fingerprint for piece in pieces if isinstance(piece, Try)]


def test_the_ledger_is_asked_once_for_all_keys_of_an_item(watch: Watch, ledger: Asked) -> None:
    text = "".join(f"DEEPGRAM_KEY_{number}={_value(number)}\n" for number in range(KEYS))

    tried = _tried(_seen(watch, text))

    assert len(tried) == KEYS
    assert [len(question) for question in ledger.asked] == [KEYS]


def test_an_item_without_a_key_that_can_be_tried_asks_the_ledger_nothing(watch: Watch, ledger: Asked) -> None:
    pieces = _seen(watch, "SERVICE_TOKEN=0123456789abcdefghij\n")

    assert [type(piece) for piece in pieces] == [Sighting]
    assert ledger.asked == []


def test_a_value_that_stands_twice_in_an_item_is_tried_once_and_seen_twice(watch: Watch) -> None:
    pieces = _seen(watch, f"DEEPGRAM_KEY={_value(1)}\nDEEPGRAM_KEY_OLD={_value(1)}\n")

    assert [type(piece) for piece in pieces] == [Try, Sighting]


def test_what_was_answered_lately_is_seen_and_not_tried(watch: Watch, ledger: Asked) -> None:
    (one,) = _tried(_seen(watch, f"DEEPGRAM_KEY={_value(1)}\n"))
    watch.taken.clear()
    ledger.known = frozenset({one})

    pieces = _seen(watch, f"DEEPGRAM_KEY={_value(1)}\nDEEPGRAM_OTHER_KEY={_value(2)}\n")

    assert [type(piece) for piece in pieces] == [Sighting, Try]


def test_a_suspect_is_tried_whatever_was_answered_and_whoever_took_it(watch: Watch, ledger: Asked) -> None:
    (one,) = _tried(_seen(watch, f"DEEPGRAM_KEY={_value(1)}\n"))
    ledger.known = frozenset({one})

    assert _tried(_seen(watch, f"DEEPGRAM_KEY={_value(1)}\n", frozenset({one}))) == [one]


def test_of_many_threads_that_meet_one_value_one_takes_it(watch: Watch) -> None:
    with ThreadPoolExecutor(16) as threads:
        for number in range(200):
            taken = list(threads.map(watch.take, [str(number)] * 16))

            assert taken.count(True) == 1
