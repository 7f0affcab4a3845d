"""What a column of a rotation may hold, and nothing else: names, ids, numbers, times, facts. A value fits into none."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from credwatch.errors import LedgerError
from credwatch.ledger.texts import held
from credwatch.ledger.times import moment, span, stored
from credwatch.model import Facts, Revoke
from credwatch.model.rotating import PlaceState, State, Trouble, Wish

LONGEST = 500
"""Characters of what is said of an effect."""


@dataclass(frozen=True)
class Column:
    """One sort of thing, there and back."""

    name: str
    """For the person who passed something else."""
    put: Callable[[Any], Any]
    """As SQLite takes it. TypeError for anything else."""
    get: Callable[[Any], Any]


def _is(thing: Any, sort: type) -> Any:
    if not isinstance(thing, sort) or (isinstance(thing, bool) and sort is not bool):
        raise TypeError
    return thing


def _text(thing: Any) -> str:
    return held(str.__str__(_is(thing, str)))


def _line(thing: Any) -> str:
    return " ".join(_text(thing).split())[:LONGEST]


def _set(thing: Any) -> list[str]:
    return sorted(map(_text, _is(thing, frozenset)))


def _words(thing: Any) -> list[str]:
    return list(map(_text, _is(thing, tuple)))


def _pairs(thing: Any) -> dict[str, str]:
    return {_text(name): _text(word) for name, word in sorted(_is(thing, Mapping).items())}


def _enum(sort: type[StrEnum]) -> Column:
    return Column(f"one of {sort.__name__}", lambda thing: str(_is(thing, sort).value), sort)


def _json(column: Column) -> Column:
    """As text, where it is a list or several parts."""
    return Column(column.name, lambda thing: json.dumps(column.put(thing)), lambda text: column.get(json.loads(text)))


def _or_none(column: Column) -> Column:
    return Column(
        f"{column.name} or None",
        lambda thing: None if thing is None else column.put(thing),
        lambda kept: None if kept is None else column.get(kept),
    )


TEXT = Column("a text", _text, str)
LINE = Column("a text", _line, str)
NUMBER = Column("a whole number", lambda thing: _is(thing, int), int)
FLAG = Column("yes or no", lambda thing: int(_is(thing, bool)), bool)
MOMENT = Column("a moment with its zone", lambda thing: stored(_is(thing, datetime)), moment)
LENGTH = Column("a length of time", lambda thing: stored(_is(thing, timedelta)), span)
SET = Column("a frozenset of texts", _set, frozenset)
WORDS = Column("a tuple of texts", _words, tuple)
PAIRS = Column("texts by texts", _pairs, dict)

_FACTS: Mapping[str, Column] = {
    **dict.fromkeys(("account", "key_id", "name", "hint", "creator"), TEXT),
    **dict.fromkeys(("created", "expires", "last_used"), MOMENT),
    **dict.fromkeys(("disabled", "personal"), FLAG),
    "scopes": SET,
    "traits": PAIRS,
}


def _put_facts(thing: Any) -> dict[str, Any]:
    said = {name: part for name, part in vars(_is(thing, Facts)).items() if part is not None}
    return {name: _FACTS[name].put(part) for name, part in said.items()}


def _get_facts(said: Mapping[str, Any]) -> Facts:
    return Facts(**{name: _FACTS[name].get(part) for name, part in said.items()})


FACTS = Column("Facts", _put_facts, _get_facts)

ROTATION: Mapping[str, Column] = {
    **dict.fromkeys(("id", "credential", "kind", "minter", "old_fp", "new_fp", "confirmed_by", "requested_by"), TEXT),
    "reason": LINE,
    **dict.fromkeys(("old", "new"), _json(FACTS)),
    "state": _enum(State),
    **dict.fromkeys(("attempt", "creates", "bounces", "tries"), NUMBER),
    **dict.fromkeys(("snapshot", "told"), _json(SET)),
    "consumers": _json(WORDS),
    "revoke": _enum(Revoke),
    "lifetime": _or_none(LENGTH),
    **dict.fromkeys(("grace", "soak"), LENGTH),
    **dict.fromkeys(("replaces_dead", "automatic", "compromised", "paused"), FLAG),
    **dict.fromkeys(
        (
            *("prepared_at", "intent_at", "created_at", "promoted_at", "grace_until", "disabled_at", "soak_until"),
            *("next_try_at", "begun_at", "updated_at"),
        ),
        _or_none(MOMENT),
    ),
    "wish": _or_none(_enum(Wish)),
    "trouble": _or_none(_enum(Trouble)),
    "resumes": _or_none(_enum(State)),
}
"""Every field of a Rotation but its places."""

PLACE: Mapping[str, Column] = {
    **dict.fromkeys(("place", "provider", "locator"), TEXT),
    "fields": _json(PAIRS),
    **dict.fromkeys(("base_version", "base_fp", "pending_version", "promoted_version"), TEXT),
    "state": _enum(PlaceState),
    "mirror": FLAG,
}
"""Every field of a Target."""


def put(columns: Mapping[str, Column], fields: Mapping[str, object]) -> dict[str, Any]:
    """The fields as a row. LedgerError, without what was passed, for one that does not exist or holds something else."""
    row = {}
    for name, thing in fields.items():
        column = columns.get(name)
        if column is None:
            raise LedgerError(f"the journal has no field {name} that could be set. This is a defect: report it")
        try:
            row[name] = column.put(thing)
        except TypeError:
            raise LedgerError(
                f"{name} of a rotation is {column.name}, and nothing else is kept. This is a defect: report it"
            ) from None
    return row


def line(text: str, what: str) -> str:
    """One line that can be held, of at most 500 characters. LedgerError for anything that is no text."""
    return str(put({what: LINE}, {what: text})[what])


def get(columns: Mapping[str, Column], row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as fields."""
    return {name: column.get(row[name]) for name, column in columns.items()}
