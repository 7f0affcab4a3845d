"""A provider that shows nothing for long, or the same for ever, ends as one that was not seen. It holds nobody."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from credwatch.clock import SYSTEM
from credwatch.config.loading import parse
from credwatch.contract import (
    Facts,
    Item,
    Kind,
    Listed,
    Payload,
    Plugin,
    ProbeResult,
    ProviderError,
    Reason,
    Secret,
    Setup,
    Unlisted,
)
from credwatch.ledger import Ledger
from credwatch.looking import Ended, Watch, look_at
from credwatch.registry import Registry
from credwatch.transport import Transport

NOISE = 30
"""So many times its time anything may take on a busy machine."""
DEADLINE = timedelta(seconds=0.01)
PATIENCE = 0.3
TABLES = '[daemon]\ndata = "{}"\n[providers.ours]\nuse = "odd"\n[providers.theirs]\nuse = "well"\n'
KIND = Kind("odd-key", "odd", "Odd", "odd key", ())
ITEM = Item("ours", "one")


def never(*_: object) -> Any:
    threading.Event().wait()


def not_now(_: Item) -> Payload:
    raise ProviderError(Reason.SERVER_ERROR, "503 sorry")


def well(_: Item) -> Payload:
    return Payload({"NOTE": Secret("hello")})


def slowly(seconds: float) -> Callable[[Item], Payload]:
    def read(item: Item) -> Payload:
        time.sleep(seconds)
        return well(item)

    return read


@dataclass
class Odd:
    """A store that does what it is told."""

    listing: Callable[[], Iterator[Item | Unlisted]]
    reading: Callable[[Item], Payload] = well
    checking: Callable[[], ProbeResult] = ProbeResult.valid
    name: str = "ours"

    def check(self) -> ProbeResult:
        return self.checking()

    def items(self) -> Iterator[Item | Unlisted]:
        return self.listing()

    def read(self, item: Item) -> Payload:
        return self.reading(item)


@dataclass
class Keys:
    """A vendor's list that shows what it is told."""

    listing: Iterator[Listed | Unlisted]
    name: str = "ours"

    def check(self) -> ProbeResult:
        return ProbeResult.valid()

    def keys(self) -> Iterator[Listed | Unlisted]:
        return self.listing


def items(*names: str) -> Callable[[], Iterator[Item | Unlisted]]:
    return lambda: (Item("ours", name) for name in names)


def then_nothing() -> Iterator[Item | Unlisted]:
    yield ITEM
    never()


def endless(*_: object) -> Iterator[Item | Unlisted]:
    """A store that lists for ever, whatever becomes of the reading."""
    for number in range(10**9):
        yield Item("ours", f"{number}")


def key(name: str) -> Listed:
    return Listed(KIND, Facts(account="a", key_id=name))


def look(folder: Path, provider: object, deadline: timedelta = DEADLINE) -> dict[str, Ended]:
    """One look at it, beside one that is well."""

    def made(_: Setup[Any, Any]) -> Any:
        return provider

    def beside(_: Setup[Any, Any]) -> Any:
        return Odd(items("a", "b"), name="theirs")

    registry = Registry({"odd": Plugin(provider=made), "well": Plugin(provider=beside)})
    config = parse(TABLES.format(folder / "data"), {}, "credwatch.toml")
    ledger = Ledger.open(config.daemon.data, now=datetime.now(UTC))
    transport = Transport(deadline=deadline)
    with Watch.of(config, ledger, SYSTEM, threading.Event(), registry=registry, transport=transport) as watch:
        ended = {name: one for name, one in look_at(watch, ["ours", "theirs"]) if isinstance(one, Ended)}
    ledger.shut()
    return ended


@pytest.mark.parametrize(
    ("provider", "reason", "said"),
    [
        pytest.param(Odd(items(), checking=never), Reason.TIMEOUT, "nothing came for 0 s", id="the login hangs"),
        pytest.param(Odd(never), Reason.TIMEOUT, "can be reached", id="the listing hangs"),
        pytest.param(Odd(then_nothing), Reason.TIMEOUT, "can be reached", id="the next page hangs"),
        pytest.param(Odd(items("a", "b"), never), Reason.TIMEOUT, "can be reached", id="every reading hangs"),
        pytest.param(Odd(endless, not_now), Reason.SERVER_ERROR, "503 sorry", id="no reading succeeds, for ever"),
        pytest.param(
            Odd(lambda: cycle([ITEM, Item("ours", "two")])), Reason.BROKEN, "runs in a circle", id="items, in a circle"
        ),
        pytest.param(Keys(cycle([key("a"), key("b")])), Reason.BROKEN, "runs in a circle", id="keys, in a circle"),
        pytest.param(
            Keys(cycle([Unlisted("a", Reason.FORBIDDEN, "no")])), Reason.BROKEN, "circle", id="folders, in a circle"
        ),
    ],
)
def test_a_provider_without_an_end_is_given_up_and_the_others_are_seen(
    tmp_path: Path, provider: object, reason: Reason, said: str
) -> None:
    began = time.monotonic()

    ended = look(tmp_path, provider, DEADLINE if reason is not Reason.BROKEN else NOISE * DEADLINE)

    assert (ended["ours"].complete, ended["ours"].reason, said in ended["ours"].message) == (False, reason, True)
    assert (ended["theirs"].complete, ended["theirs"].items) == (True, 2)
    assert time.monotonic() - began < PATIENCE * NOISE


@pytest.mark.parametrize(
    ("provider", "count"),
    [
        pytest.param(Odd(items(*map(str, range(40))), slowly(0.1)), 40, id="slow, and never silent for so long"),
        pytest.param(Odd(items(*["a"] * 90, "b")), 91, id="some things twice"),
        pytest.param(Keys(iter([key(str(number % 300)) for number in range(590)])), 590, id="a page shown again"),
    ],
)
def test_a_provider_that_goes_on_is_waited_for(tmp_path: Path, provider: object, count: int) -> None:
    ended = look(tmp_path, provider)["ours"]

    assert (ended.complete, ended.reason, ended.items) == (True, None, count)


HANGING = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
from tests.looking.test_silence import Odd, look, never
print(look(pathlib.Path(sys.argv[2]), Odd(never))["ours"].reason)
"""


def test_a_call_that_hangs_does_not_hold_the_process(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", HANGING, root, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert (ended.returncode, ended.stdout) == (0, "timeout\n")
