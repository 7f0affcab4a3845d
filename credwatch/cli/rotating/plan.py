"""A plan on paper: what would be done, step by step, and whether it would start."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from credwatch.cli.phrases import date, head_tail
from credwatch.cli.render import Column, aligned, fitted, shown, wrapped
from credwatch.config.configuration import Config
from credwatch.model import NEVER, Carried, Revoke, Validity
from credwatch.model.rotating import Rotation, Target
from credwatch.rotation.freezes import frozen, next_freeze
from credwatch.rotation.outline import Stage, length
from credwatch.rotation.preview import Preview, Refused

_LABEL = "  {:<9}"
_CALL = 64
"""Characters of a call, before its way back."""
_ID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b(?:[A-Z]{2}[0-9a-f]{32}|[0-9a-f]{32})\b"
)


def refused(said: Refused) -> Iterator[str]:
    """Why it is not begun, and the way out."""
    first = f"{'Cannot tell' if said.unsure else 'Refused'}: {said.why.rstrip('.')}."
    if said.unsure:
        yield f"{first} Nothing was started; try again, or --wait."
        return
    head, *more = [part for part in said.way.split("\n") if part] or [""]
    one = f"{first} {head}".rstrip()
    yield from (one,) if len(one) <= 120 else (first, f"         {head}")
    yield from (f"         {line}" for line in more)


def lines(plan: Preview, config: Config, reads: int, command: str) -> Iterator[str]:
    """All of it; `command` does it, where it is not done at once."""
    yield f"Plan. Nothing was changed: {reads} reads, and writes are cut off in this mode."
    yield ""
    yield from wrapped(_LABEL.format("key"), _key(plan), by="; ", indent=11)
    yield from _places(plan)
    yield from wrapped(_LABEL.format("readers"), _readers(plan), by=". ", indent=11)
    yield ""
    yield from _new(plan.carried)
    yield ""
    yield from _steps(plan.stages)
    yield ""
    yield from _starts(plan, config, command)


def data(plan: Preview, config: Config, reads: int) -> Mapping[str, Any]:
    """The same, for a program."""
    rotation = plan.rotation
    return {
        "would_start": not plan.held_back,
        "why_not": plan.held_back,
        "reads": reads,
        "credential": rotation.credential,
        "kind": rotation.kind,
        "old": rotation.old,
        "places": rotation.targets,
        "readers": [{"name": one.name, "reads": one.reads, "settles": one.settles} for one in plan.readers],
        "carried": plan.carried,
        "steps": plan.stages,
        "grace": rotation.grace,
        "revoke": rotation.revoke,
        "identities": _identities(rotation),
        "begun_today": plan.counts.day,
        "max_per_day": config.rotate.max_per_day,
    }


def _key(plan: Preview) -> Iterator[str]:
    key, old, now = plan.known.key, plan.rotation.old, plan.at
    name = f' "{key.name}"' if key.name else ""
    public = f" {head_tail(key.key_id)}" if key.key_id else ""
    account = f", account {head_tail(key.account)}" if key.account else ""
    yield f"{key.title}{name}{public}{account}"
    by = f" by {old.creator}" if old.creator else ""
    made = f"made {date(old.created, now)}{by}" if old.created else ""
    ends = "never expires" if old.expires == NEVER else f"expires {date(old.expires, now)}" if old.expires else ""
    yield ", ".join(part for part in (made, ends) if part)
    said = plan.tried.get(plan.rotation.old_fp)
    if said is not None:
        works = "works" if said.validity is Validity.VALID else "is refused"
        yield f"{works} ({said.latency // timedelta(milliseconds=1)} ms)"


def _places(plan: Preview) -> Iterator[str]:
    held = {one.place: one for one in plan.known.memory.held}
    numbers = _numbers(plan.rotation)
    rows = [_place(target, held[target.place].mirror_of or "", numbers) for target in plan.rotation.targets]
    columns = fitted([Column(""), Column(""), Column(""), Column("")], rows)
    for number, line in enumerate(aligned(columns, rows)):
        yield f"{_LABEL.format('places' if number == 0 else '')}{line}"


def _place(target: Target, mirror_of: str, numbers: Mapping[str, int]) -> tuple[str, ...]:
    if target.place not in numbers:
        of = numbers.get(mirror_of)
        what = f"copy of {of if of is not None else mirror_of or 'another'}"
        return ("", target.place, what, f"{target.provider} writes it, we wait for it")
    version = target.base_version if len(target.base_version) <= 12 else f"{target.base_version[:4]}…"
    return (str(numbers[target.place]), target.place, f"version {version}", "holds this key")


def _readers(plan: Preview) -> Iterator[str]:
    numbers = _numbers(plan.rotation)
    read: set[int] = set()
    for reader in plan.readers:
        own = sorted(numbers[place] for place in reader.reads if place in numbers)
        read.update(own)
        settles = f", settles in {length(reader.settles)}" if reader.settles else ""
        yield f"{reader.name} ({_numbered(own)}){settles}"
    without = sorted(set(numbers.values()) - read)
    if without:
        waits = (
            ": revoking waits for a person"
            if plan.rotation.revoke is Revoke.ASK and not plan.rotation.replaces_dead
            else ""
        )
        yield f"Nobody is configured for {_numbered(without)}{waits}"


def _numbers(rotation: Rotation) -> Mapping[str, int]:
    """The places that are counted."""
    return {one.place: number for number, one in enumerate(rotation.targets if rotation.turns else rotation.written, 1)}


def _numbered(places: list[int]) -> str:
    return f"place{'s' if len(places) > 1 else ''} {', '.join(map(str, places))}"


def _new(carried: Carried | None) -> Iterator[str]:
    yield "  the new key"
    if carried is None:
        yield "     is what you paste: checked to be another key of the same account, and to work"
        return
    for label, said in (("as it was", carried.same), ("changes", carried.changes), ("lost", carried.lost)):
        for sentence in said or (("nothing",) if label == "lost" else ()):
            yield f"     {label:<14}{shown(sentence)}"


def _steps(stages: tuple[Stage, ...]) -> Iterator[str]:
    yield f"  {'step':<{_CALL + 14}}back by"
    wide = max((len(stage.where) for stage in stages), default=0)
    number = 0
    for stage in stages:
        number += not stage.follows
        label = "" if stage.follows and stage.name != "tell" else stage.name
        where = f"{stage.where:<{wide}}  " if stage.where else ""
        call = f"{where}{_ID.sub(lambda found: head_tail(found[0]), shown(stage.call))}"
        head = f"  {'' if stage.follows else number:<2} {label:<9}{call}"
        if not stage.back:
            yield head
        elif len(head) < _CALL + 15:
            yield f"{head:<{_CALL + 16}}{stage.back}"
        else:
            yield head
            yield f"{'':<{_CALL + 16}}{stage.back}"


def _starts(plan: Preview, config: Config, command: str) -> Iterator[str]:
    if plan.held_back:
        why, _, way = plan.held_back.partition(". ")
        yield from wrapped("  would start: no. ", [why, way], by=". ", indent=15)
        return
    yield from wrapped("  would start: yes. ", _well(plan, config), by="; ", indent=15)
    if command:
        yield f"  To do it:  {command}"


def _well(plan: Preview, config: Config) -> Iterator[str]:
    names = _identities(plan.rotation)
    yield f"{len(names)} identit{'y' if len(names) == 1 else 'ies'} may write ({', '.join(names)})"
    yield f"{plan.counts.day} of {config.rotate.max_per_day} rotations today"
    freeze = next_freeze(config.rotate.freeze, plan.at, config.timezone)
    if until := frozen(config.rotate.freeze, plan.at, config.timezone):
        whose = "that is dead" if plan.rotation.replaces_dead else "that is compromised"
        yield f"frozen until {_when(until)}, which does not hold back a key {whose}"
    else:
        yield f"no freeze until {_when(freeze)}" if freeze is not None else "no freeze ahead"
    yield "audit ok"


def _identities(rotation: Rotation) -> tuple[str, ...]:
    names = [rotation.minter] if rotation.minter and not rotation.renews else []
    return tuple(dict.fromkeys([*names, *(one.provider for one in rotation.written)]))


def _when(moment: datetime) -> str:
    moment = moment.astimezone(UTC)
    return f"{moment:%a} {moment.day} {moment:%b %H:%M} UTC"
