"""What the rules say for one credential. Pure: the configuration, what is remembered, and the day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from credwatch.config.configuration import Config
from credwatch.config.places import DEADLINES, listed_place, literal_start, matches, matches_word
from credwatch.model import Facts, Held, Memory, Policy, Revoke

OWNER_LABEL = "credwatch-owner"
DEFAULT = "default"
_TEXTS = ("impact", "runbook")
_ROTATE = ("off", "manual", "auto")
_REVOKE = (Revoke.ASK, Revoke.PROVED, Revoke.GRACE)
"""The strictest first."""


@dataclass(frozen=True)
class _Said:
    value: Any
    by: str


@dataclass(frozen=True)
class _Answer:
    """What holds in one place; a field that nobody set is not there."""

    place: str
    fields: dict[str, _Said]

    @property
    def production(self) -> bool:
        return bool(self.fields["environment"].value == "production")

    def set_by_somebody(self, field: str) -> _Said | None:
        said = self.fields.get(field)
        return None if said is None or said.by == DEFAULT else said


@dataclass(frozen=True, eq=False)
class _Rule:
    """A rule made ready for many places."""

    starts: tuple[str, ...]
    places: tuple[str, ...]
    kinds: tuple[str, ...]
    until: date | None
    sets: dict[str, _Said]

    def speaks_of(self, kind: str, place: str, day: date) -> bool:
        """Whether it is about a key of this kind in this place on this day; the cheap questions first."""
        if not place.startswith(self.starts) or (self.until is not None and day >= self.until):
            return False
        if self.kinds and not any(matches_word(pattern, kind) for pattern in self.kinds):
            return False
        return not self.places or any(matches(pattern, place) for pattern in self.places)


def policy(config: Config, memory: Memory, now: datetime) -> Policy:
    """Rules from the top to the bottom, the later one wins, for each place; then the places are merged.

    Production wins, `warn` is the union, the widest `page` and `mention` and the least `max_age` hold, `ignore` only
    when every copy says so; owner, impact and runbook are those of the first production copy that has them. Of a
    rotation the strictest word holds, the earliest start and the shortest life.
    """
    live = [held for held in memory.held if held.ended_at is None]
    lists = {listed_place(provider, memory.facts) for provider in memory.listed_by}
    day = now.astimezone(config.timezone).date()

    def speaking(place: str) -> tuple[_Rule, ...]:
        return tuple(rule for rule in _rules(config) if rule.speaks_of(memory.kind, place, day))

    def said(place: str) -> dict[str, _Said]:
        return _told(speaking(place))

    held = live or ([] if lists else list(memory.held))
    if len(held) == 1 and not lists and memory.kind != "deadline":
        return _of_one(config, memory.max_age, speaking(held[0].place), _owner_by_label(held[0]))
    defaults = _defaults(config, memory.max_age)
    if memory.kind == "deadline":
        defaults |= {"max_age": _Said(None, DEFAULT)}
    copies = [_Answer(copy.place, defaults | said(copy.place) | _label(_owner_by_label(copy))) for copy in held]
    listed = [_Answer(place, said(place)) for place in lists if all(place != copy.place for copy in copies)]
    if not copies:
        copies, listed = [_Answer(answer.place, defaults | answer.fields) for answer in listed], []
    if memory.kind == "deadline":
        own = _deadline(config, memory) | {"rotate": _Said("off", DEFAULT)}
        copies = [_Answer(answer.place, {**answer.fields, **own}) for answer in copies] or [_Answer("", defaults | own)]
    copies = copies or [_Answer("", defaults)]
    return _merged(sorted(copies, key=lambda one: one.place), sorted(listed, key=lambda one: one.place))


def environments(config: Config, now: datetime) -> Callable[[str, str], str]:
    """By kind and place what the rules of this moment call it: production, or something else."""

    def environment(kind: str, place: str) -> str:
        held = Held(place, place.partition(":")[0], None, since=now, seen_at=now)
        return policy(config, Memory("", kind, "", Facts(), now, held=(held,)), now).environment

    return environment


@lru_cache(maxsize=256)
def _of_one(config: Config, max_age: timedelta | None, speaking: tuple[_Rule, ...], owner: str) -> Policy:
    """What holds for a key with one copy; the same for all of which the same rules speak."""
    return _merged([_Answer("", _defaults(config, max_age) | _told(speaking) | _label(owner))], ())


def _told(speaking: Iterable[_Rule]) -> dict[str, _Said]:
    fields: dict[str, _Said] = {}
    for rule in speaking:
        fields |= rule.sets
    return fields


@lru_cache(maxsize=4)
def _rules(config: Config) -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            starts=tuple(literal_start(pattern) for pattern in rule.match.place) or ("",),
            places=rule.match.place,
            kinds=rule.match.kind,
            until=rule.until,
            sets={name: _Said(value, by) for name, value in rule.sets.items()},
        )
        for number, rule in enumerate(config.rules)
        for by in (f"rule, line {config.source.line(('rules', number))}",)
    )


def _defaults(config: Config, max_age: timedelta | None) -> dict[str, _Said]:
    said = {name: _Said(getattr(config.defaults, name), DEFAULT) for name in type(config.defaults).model_fields}
    said["revoke"] = _Said(config.defaults.revoke or config.rotate.revoke, DEFAULT)
    return said if max_age is None else said | {"max_age": _Said(max_age, "kind")}


def _owner_by_label(copy: Held) -> str:
    return copy.labels.get(OWNER_LABEL, "").strip()


def _label(owner: str) -> dict[str, _Said]:
    return {"owner": _Said(owner, "label")} if owner else {}


def _deadline(config: Config, memory: Memory) -> dict[str, _Said]:
    names = {held.place.removeprefix(f"{DEADLINES}:") for held in memory.held}
    names |= {name for name in (memory.facts.name, memory.facts.key_id) if name}
    for number, line in enumerate(config.deadlines):
        if line.name in names:
            by = f"deadline, line {config.source.line((DEADLINES, number))}"
            given = {"owner": line.owner, "warn": line.warn}
            return {name: _Said(value, by) for name, value in given.items() if value is not None}
    return {}


def _merged(copies: Sequence[_Answer], listed: Sequence[_Answer]) -> Policy:
    everywhere = [*copies, *listed]
    production = [copy for copy in copies if copy.production] or list(copies)
    chosen = {
        "environment": _environment(copies, listed),
        "warn": _union(_all("warn", everywhere)),
        "mention": max(_all("mention", everywhere), key=_width),
        "page": max(_all("page", everywhere), key=_width),
        "max_age": min(_all("max_age", everywhere), key=_age),
        "rotate": min(_all("rotate", everywhere), key=lambda said: _ROTATE.index(said.value)),
        "rotate_at": max(_all("rotate_at", everywhere), key=_width),
        "expires": min(_all("expires", everywhere), key=_age),
        "revoke": min(_all("revoke", everywhere), key=lambda said: _REVOKE.index(said.value)),
        "owner": _first("owner", [*production, *listed]) or production[0].fields["owner"],
    }
    for name in _TEXTS:
        if text := _first(name, [*production, *listed]):
            chosen[name] = text
    silences = _all("ignore", copies)
    if len(silences) == len(copies):
        chosen["ignore"] = silences[0]
    owner = chosen["owner"].value
    theirs = ((copy.place, copy.set_by_somebody("owner")) for copy in everywhere)
    return Policy(
        **{name: said.value for name, said in chosen.items()},
        unowned=chosen["owner"].by == DEFAULT,
        others={place: said.value for place, said in theirs if said and said.value != owner},
        said_by={name: said.by for name, said in chosen.items()},
    )


def _all(field: str, answers: Iterable[_Answer]) -> list[_Said]:
    return [answer.fields[field] for answer in answers if field in answer.fields]


def _first(field: str, answers: Iterable[_Answer]) -> _Said | None:
    return next((said for answer in answers if (said := answer.set_by_somebody(field))), None)


def _environment(copies: Sequence[_Answer], listed: Sequence[_Answer]) -> _Said:
    said = _all("environment", [*copies, *listed])
    return next((one for one in said if one.value == "production"), said[0])


def _union(said: Sequence[_Said]) -> _Said:
    thresholds = {threshold for one in said for threshold in one.value}
    return _Said(tuple(sorted(thresholds, reverse=True)), " + ".join(dict.fromkeys(one.by for one in said)))


def _width(said: _Said) -> timedelta:
    return timedelta(-1) if said.value is None else said.value


def _age(said: _Said) -> timedelta:
    return timedelta.max if said.value is None else said.value
