"""1,000, 10,000 and 100,000 credentials: what a sweep, the ledger and the memory come to, and how soon people are answered."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.children import MIB, Ended, ours, run
from bench.figures import Figure, at_most, beside
from bench.row import Bench

_CONFIG = """
[providers.here]
use   = "files"
paths = ["{files}"]
"""
_EACH = 100
"""Credentials in a file."""
ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass(frozen=True)
class Swept:
    """A first sweep, and the ledger that it left."""

    count: int
    ended: Ended
    size: int
    config: Path


def growth(bench: Bench) -> Iterator[Figure]:
    """Nothing is tried: what is measured is reading, recognising, recording and judging."""
    small, middle, large = (20, 40, 80) if bench.quick else (1_000, 10_000, 100_000)
    folders = {count: _written(bench, count) for count in (small, middle, large)}
    order = (small, middle, large) if bench.quick else (small, middle, large, large, middle, small)
    swept: dict[int, list[Swept]] = {count: [] for count in folders}
    for number, count in enumerate(order):
        bench.say(f"sweep of {count:,}")
        swept[count].append(_swept(bench, f"growth-{number}", folders[count], count))
    pairs = zip(swept[middle], swept[large], strict=True)
    yield at_most(
        f"growth: a credential of {large:,} beside one of {middle:,}",
        median((more.ended.seconds / large) / (less.ended.seconds / middle) for less, more in pairs),
        "times",
        1.3,
    )
    yield at_most("growth: ledger", max(one.size for one in swept[large]) / large, "bytes each", 1024)
    peak = {count: max(one.ended.peak for one in of) / MIB for count, of in swept.items()}
    yield at_most(f"growth: memory beside that of {small:,}", peak[large] - peak[small], "MiB", 50)
    yield from _asked(bench, swept[large][-1])
    for count, of in swept.items():
        yield beside(f"growth: {count:,}: sweep", median(one.ended.seconds for one in of), "s")
        yield beside(f"growth: {count:,}: ledger", of[-1].size / MIB, "MiB")
        yield beside(f"growth: {count:,}: memory", peak[count], "MiB")


def _asked(bench: Bench, largest: Swept) -> Iterator[Figure]:
    """The commands that people wait for, and the sweep after the first, which finds nothing new."""
    for command in ("status", "list"):
        bench.say(command)
        answers = [run(ours(largest.config, command), bench.folder) for _ in range(bench.size(3, 1))]
        yield at_most(f"growth: {command}", median(one.seconds for one in answers), "s", 1)
    bench.say("the next sweep")
    again = run(ours(largest.config, "sweep", "--json"), bench.folder)
    yield beside(f"growth: {largest.count:,}: the next sweep", again.seconds, "s")


def _swept(bench: Bench, name: str, files: Path, count: int) -> Swept:
    config = bench.config(name, _CONFIG.format(files=files))
    ended = run(ours(config, "sweep", "--json"), bench.folder)
    if ended.json()["judged"] != count:
        raise RuntimeError(f"{ended.json()['judged']} of {count} were judged")
    size = sum(file.stat().st_size for file in (bench.folder / name).iterdir())
    return Swept(count, ended, size, config)


def _written(bench: Bench, count: int) -> Path:
    bench.say(f"writing {count:,}")
    chance = random.Random(count)  # noqa: S311  made up, and the same in every run
    folder = bench.folder / f"env-{count}"
    folder.mkdir()
    for first in range(0, count, _EACH):
        numbers = range(first, min(first + _EACH, count))
        lines = [f"SERVICE_{number}_TOKEN={''.join(chance.choices(ALPHABET, k=32))}\n" for number in numbers]
        (folder / f"{first // _EACH:04}.env").write_text("".join(lines), encoding="utf-8")
    return folder
