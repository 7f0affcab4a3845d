"""Text as the file holds it: UTF-8, in which half of a surrogate pair cannot be written, and no null ends a text early."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from credwatch.model import Facts, Item, Kind, ProbeResult, Sighting, Unlisted

_NONE = re.compile("[\0\ud800-\udfff]")
_OURS = (Facts, Item, ProbeResult, Sighting, Unlisted)
_TEXTLESS = frozenset({Kind, bool, datetime, timedelta})
T = TypeVar("T")


def held(text: str) -> str:
    """The text; what SQLite cannot hold, or reads only half of, is written as in a place: `%ED%A0%80`, `%00`."""
    if _fits(text):
        return text
    return _NONE.sub(lambda none: "".join(f"%{byte:02X}" for byte in none[0].encode("utf-8", "surrogatepass")), text)


def _fits(text: str) -> bool:
    return text.isascii() and "\0" not in text


def holdable(seen: T) -> T:
    """What was seen, with every text in it as it is held: a name that somebody chose must not end a sweep."""
    made: Any = _made(seen)
    return seen if made is None else cast("T", made)


def _made(thing: Any) -> Any:
    """The same as it is held; None when it is that already."""
    if type(thing) in _TEXTLESS:
        return None
    if isinstance(thing, str):
        return None if _fits(thing) or _NONE.search(thing) is None else held(thing)
    if isinstance(thing, _OURS):
        parts = {name: made for name, part in vars(thing).items() if part and (made := _made(part)) is not None}
        return replace(thing, **parts) if parts else None
    if isinstance(thing, Mapping):
        return {held(name): held(text) for name, text in thing.items()} if any(map(_odd, thing.items())) else None
    if isinstance(thing, frozenset):
        return frozenset(map(held, thing)) if _odd(thing) else None
    return None


def _odd(texts: Any) -> bool:
    return any(_made(text) is not None for text in texts)
