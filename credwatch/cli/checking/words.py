"""What one look showed, in lines: one for each key, where they were sent, and what it came to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

from credwatch.alerts.words import short
from credwatch.cli.checking.look import Key, Look
from credwatch.cli.checking.verdict import Matter, matters, unread
from credwatch.cli.phrases import because, head_tail, length, plural
from credwatch.cli.render import Column, aligned, fitted, wrapped
from credwatch.identify import UNRECOGNISED
from credwatch.ledger.standings import Standing
from credwatch.looking import Ended
from credwatch.model import NEVER, ClockName, Reason, Status, Unlisted

_ALONE = "Each is tried at its own vendor only; nothing is kept."
_ENDS = {
    ClockName.HARD: ("expires", "expired"),
    ClockName.IDLE: ("is removed, unused,", "was to be removed, unused,"),
    ClockName.DELETION: ("is deleted from its store", "was to be deleted from its store"),
    ClockName.DUE: ("is to be rotated by its store", "was to be rotated by its store"),
}
_COLUMNS = (Column(""), Column(""), Column(""), Column("", right=True), Column(""))
"""Place, key, answer, latency, date."""
_NAME, _TITLE = 56, 44
"""So wide the first columns are at most; a longer name pushes its own line only."""


def of_paths(look: Look, paths: Sequence[Path], now: datetime) -> Iterator[str]:
    """What is in these files."""
    known = sum(key.seen.kind.name != UNRECOGNISED.name for key in look.keys)
    counted = f"{plural(sum(look.fields.values()), 'field')}, {plural(known, 'credential')}"
    yield f"{', '.join(map(str, paths))}: {counted}. {_ALONE}"
    yield from (_ended(ended) for ended in look.ended.values() if not ended.complete)
    yield from _table(look.keys, now, one_file=len(paths) == 1 and not os.path.isdir(paths[0]))  # noqa: PTH112  it never raises
    yield from _unread([unlisted for _, unlisted in look.unlisted])
    yield from _end(look)


def of_providers(look: Look, names: Sequence[str], now: datetime) -> Iterator[str]:
    """What each provider shows."""
    yield _ALONE
    for name in names:
        yield ""
        yield f"{name}: {_ended(look.ended.get(name))}"
        yield from _table([key for key in look.keys if key.seen.provider == name], now)
        yield from _unread([unlisted for provider, unlisted in look.unlisted if provider == name])
    yield from _end(look)


def word(key: Key) -> str:
    """How it stands, in one word or two."""
    return Matter.EXPIRED if key.expired and key.standing is not Standing.REFUSED else key.standing


def _ended(ended: Ended | None) -> str:
    if ended is None:
        return "left off: asked to stop"
    if not ended.complete:
        return f"NOT SEEN, {ended.message or ended.reason}. credwatch doctor says how to mend it"
    return f"{plural(ended.items, 'item')}, {plural(ended.credentials, 'credential')}."


def _table(keys: Sequence[Key], now: datetime, *, one_file: bool = False) -> Iterator[str]:
    if not keys:
        return
    rows = [_row(key, now, one_file=one_file) for key in keys]
    name, title, *others = fitted(_COLUMNS, rows)
    name, title = replace(name, width=min(name.width, _NAME)), replace(title, width=min(title.width, _TITLE))
    yield ""
    yield from (f"  {line}" for line in aligned([name, title, *others], rows))


def _unread(unlisted: Sequence[Unlisted]) -> Iterator[str]:
    if unlisted:
        yield ""
    for one in unlisted:
        yield f"  {_shortened(one.scope)}  not read: {one.message or one.reason.value.replace('_', ' ')}"


def _row(key: Key, now: datetime, *, one_file: bool) -> tuple[str, ...]:
    tried = key.tried is not None and key.standing is not Standing.NOT_TRIED
    latency = f"{key.tried.latency // timedelta(milliseconds=1)} ms" if key.tried is not None and tried else ""
    return (_called(key, one_file=one_file), _title(key), word(key), latency, _said(key, now))


def _called(key: Key, *, one_file: bool) -> str:
    """Its fields, and where they are unless there is one place only."""
    place = key.seen.place.partition(":")[2]
    if key.seen.item is None:
        return place
    locator = _shortened(key.seen.item.locator)
    made_of = together(key.fields) or place.removeprefix(key.seen.item.locator).removeprefix("#")
    if one_file:
        return made_of or Path(locator).name
    return f"{locator}#{made_of}" if made_of else locator


def together(names: Sequence[str]) -> str:
    """`TWILIO_API_KEY_SID + _SECRET`; of several parts of one JSON text the name of that."""
    if len(names) < 2:
        return "".join(names)
    parents = {name.rpartition(".")[0] for name in names}
    if len(parents) == 1 and "" not in parents:
        return parents.pop()
    first, *others = names
    alike = (len(set(words)) == 1 for words in zip(*(name.split("_") for name in names), strict=False))
    common = len("_".join(first.split("_")[: sum(takewhile(bool, alike))]))
    return " + ".join([first, *(name[common:] or name for name in others)])


def _shortened(locator: str) -> str:
    """A path below the working directory begins there."""
    return locator.removeprefix(f"{Path.cwd()}/")


def _title(key: Key) -> str:
    kind, facts = key.seen.kind, key.facts
    if kind.name == UNRECOGNISED.name:
        return "not recognised"
    if facts.called:
        return f'{kind.title} "{short(facts.called, 28)}"'
    return f"{kind.title} {head_tail(facts.key_id)}" if facts.key_id else kind.title


def _said(key: Key, now: datetime) -> str:
    """Why it does not work or was not tried; else what is known of its date."""
    match key.standing:
        case Standing.REFUSED:
            detail = key.tried.detail if key.tried else ""
            return f"{key.seen.kind.vendor_name} says {detail}" if detail else because(key.standing, _reason(key))
        case Standing.SUSPENDED:
            return f"its account: {because(key.standing, _reason(key))}; a new key would not help"
        case Standing.CANNOT_TELL:
            detail = f" ({key.tried.detail})" if key.tried and key.tried.detail else ""
            return f"{because(key.standing, _reason(key))}{detail}"
        case Standing.NOT_TRIED:
            return ", ".join(filter(None, (_untried(key), _date(key, now) if _dated(key) else "")))
    return _date(key, now)


def _reason(key: Key) -> Reason | None:
    return key.tried.reason if key.tried else None


def _untried(key: Key) -> str:
    kind, seen = key.seen.kind, key.seen
    if seen.item is None:
        return "only its vendor's list shows it"
    if kind.name == UNRECOGNISED.name:
        return "no vendor claims it, so it was sent nowhere" if seen.fingerprint else "not read: watched by its age"
    if seen.missing:
        return f"its {' and '.join(sorted(seen.missing)).replace('_', ' ')} is not beside it"
    if key.spared:
        return "a try may cost something; --all tries it"
    return "there is no harmless way to try it" if not kind.probed else "where it is to be tried is not configured"


def _dated(key: Key) -> bool:
    return key.line is not None and key.line.clock not in (None, ClockName.POLICY)


def _date(key: Key, now: datetime) -> str:
    line, facts = key.line, key.facts
    if line is not None and line.deadline is not None and line.clock in _ENDS:
        coming, past = _ENDS[line.clock]
        over = line.deadline <= now
        left = f"{length(now - line.deadline)} ago" if over else f"in {length(line.deadline - now)}"
        day = line.deadline.astimezone(UTC)
        return f"{past if over else coming} {left}, {day.day} {day:%b %Y}"
    known = "has no date" if facts.expires == NEVER else "no date seen"
    age = f"; {(now - facts.created).days:,} days old" if facts.created else ""
    return f"{known}{age}{', too old by rule' if line is not None and line.status is Status.OVERDUE else ''}"


def _end(look: Look) -> Iterator[str]:
    yield ""
    yield from wrapped("Sent to: ", look.asked, by=", ") if look.asked else ["Sent to nobody."]
    yield from wrapped("", _summary(look), by=" ")


def _summary(look: Look) -> Iterator[str]:
    """What needs somebody, the most severe first."""
    counts, missed = matters(look), unread(look)
    said = [f"{counts[what]} {what}" for what in Matter if what in counts] + ([f"{missed} not read"] if missed else [])
    if said:
        yield f"{', '.join(said)}."
    elif any(key.standing in (Standing.WORKS, Standing.LIMITED) for key in look.keys):
        yield "All that was tried works."
    else:
        yield "Nothing was tried."
    if Matter.REFUSED in counts:
        yield "This is one look; a key younger than a minute can look refused."
