"""The second question: what fails next, and whose is it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from credwatch.cli.phrases import coming, date, plural, remaining, title
from credwatch.cli.render import WIDTH, Column, aligned, fitted, shown
from credwatch.cli.rotating.standing import standing
from credwatch.ledger.queries.ahead import Aged, Ahead, Ending
from credwatch.ledger.queries.rotating import UnderWay
from credwatch.model import ClockName

_COLUMNS = (Column("", right=True), Column(""), Column(""), Column(""), Column(""), Column(""))
_HOW = {
    ClockName.HARD: "by hand",
    ClockName.IDLE: "removed unless it is used",
    ClockName.DELETION: "deleted from its store",
    ClockName.DUE: "its store's schedule",
}


def lines(answer: Ahead, under_way: Mapping[str, UnderWay], now: datetime, zone: tzinfo) -> Iterator[str]:
    """The question, the nearest dates, and those that are only too old."""
    yield "2  What fails next, and whose is it?"
    rows = [_row(ending, under_way.get(ending.key.id), now, zone) for ending in answer.endings]
    yield from (f"   {line}" for line in _fitting(rows))
    if not rows:
        yield "   no date is known that is still to come"
    if answer.more:
        yield f"   and {plural(answer.more, 'later date')}: credwatch list"
    if answer.overdue:
        yield f"   too old by rule, no date: {answer.overdue}{_oldest(answer.oldest)}"


def _fitting(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """One line each where that fits; else how it ends, or where it is held, stands on a line of its own below."""
    columns = fitted(_COLUMNS, rows)
    room, indent = WIDTH - 3, " " * (columns[0].width + 2 + columns[1].width + 2)
    short = list(aligned(columns[:-1], [row[:-1] for row in rows]))
    if any(len(line) > room for line in short):
        narrow = [row[:3] + row[4:] for row in rows]
        for line, row in zip(aligned(fitted(_COLUMNS[:-1], narrow), narrow), rows, strict=True):
            yield from (line, f"{indent}{shown(row[3])}")
        return
    for whole, line, row in zip(aligned(columns, rows), short, rows, strict=True):
        yield from (whole,) if len(whole) <= room else (line, f"{indent}{shown(row[-1])}")


def _row(ending: Ending, rotation: UnderWay | None, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    """Left, day, what, where, whose, how."""
    deadline = ending.key.kind == "deadline"
    more = f" +{ending.places - 1}" if ending.places > 1 else ""
    how = ending.note if deadline else _how(ending, rotation, now)
    return (
        remaining(ending.deadline, now),
        coming(ending.deadline, now, zone if deadline else UTC),
        title(ending.key),
        "deadline" if deadline else f"{ending.key.place}{more}",
        ending.owner,
        f"silent: {ending.ignored}" if ending.ignored else how,
    )


def _how(ending: Ending, rotation: UnderWay | None, now: datetime) -> str:
    """What becomes of it if nobody does anything."""
    if rotation is not None:
        return standing(rotation, now)
    if ending.managed:
        return "its store replaces it"
    if ending.rotates is not None:
        return f"rotates {date(ending.rotates, now)}" if ending.rotates > now else "is to be rotated now"
    return _HOW.get(ending.clock, "")


def _oldest(aged: Aged | None) -> str:
    return f", the oldest {aged.age.days:,} days ({title(aged.key)}, {aged.owner})" if aged else ""
