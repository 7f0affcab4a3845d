"""A figure, its goal and whether it holds; a table of them, and the same as JSON. Measures nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime


@dataclass(frozen=True)
class Figure:
    """One measured number. Without a goal it stands beside another one, and `holds` is None."""

    name: str
    figure: float
    unit: str
    goal: str = ""
    holds: bool | None = None


def at_most(name: str, figure: float, unit: str, limit: float) -> Figure:
    """It holds up to the limit."""
    return Figure(name, round(figure, 4), unit, f"≤ {limit:g}", figure <= limit)


def at_least(name: str, figure: float, unit: str, limit: float) -> Figure:
    """It holds from the limit on."""
    return Figure(name, round(figure, 4), unit, f"≥ {limit:g}", figure >= limit)


def beside(name: str, figure: float, unit: str) -> Figure:
    """What a goal is compared with."""
    return Figure(name, round(figure, 4), unit)


def table(figures: Sequence[Figure]) -> list[str]:
    """The figures as lines of text, one each, below a head."""
    rows = [("name", "figure", "unit", "goal", "holds")]
    words = {True: "yes", False: "NO", None: ""}
    rows += [(one.name, f"{one.figure:,.4g}", one.unit, one.goal, words[one.holds]) for one in figures]
    name, figure, unit, goal = (max(len(row[column]) for row in rows) for column in range(4))
    return [f"{a:<{name}}  {b:>{figure}}  {c:<{unit}}  {d:<{goal}}  {e}".rstrip() for a, b, c, d, e in rows]


def document(figures: Sequence[Figure], machine: Mapping[str, object], now: datetime) -> str:
    """All of it as JSON."""
    whole = {
        "machine": dict(machine),
        "date": now.isoformat(timespec="seconds"),
        "figures": [asdict(one) for one in figures],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
