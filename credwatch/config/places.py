"""Patterns over places. No I/O, no rules."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from credwatch.model import Facts

DEADLINES = "deadlines"
"""The provider of the places of `[[deadlines]]` lines; no connection may have this name."""
_TOKEN = re.compile(r"(?P<deep>(?<![^/:])\*\*/)|(?P<any>\*\*+)|(?P<one>\*)|(?P<text>[^*]+)")


def matches(pattern: str, place: str) -> bool:
    """Whether a place (`provider:locator#FIELD`) is meant by a pattern.

    `*` stays within one segment, `**` crosses them, `a/**/b` is `a/b` too. A segment ends at a `/`, and at the `:` after
    the provider. Without `#field` a pattern means every field of the item. Upper and lower case differ.
    """
    item_of_pattern, field_of_pattern = _compiled(pattern)
    item, field = _split(place)
    if item_of_pattern.fullmatch(item) is None:
        return False
    return field_of_pattern is None or field_of_pattern.fullmatch(field) is not None


def matches_word(pattern: str, word: str) -> bool:
    """The same over a single word, the name of a kind: `twilio-*`."""
    return _word(pattern).fullmatch(word) is not None


def listed_place(provider: str, facts: Facts) -> str:
    """The place of a key as a vendor's own list shows it: `provider:account/key_id`; a hint or name where no id is."""
    key = facts.key_id or facts.hint or facts.name or ""
    return f"{provider}:{facts.account}/{key}" if facts.account else f"{provider}:{key}"


def provider_of(pattern: str) -> str | None:
    """The one provider that a pattern names, or None when it names several."""
    provider = pattern.partition(":")[0]
    return None if "*" in provider else provider


def literal_start(pattern: str) -> str:
    """What every place that the pattern matches begins with: a cheap first question."""
    return pattern.partition("*")[0]


def checked(pattern: object) -> str:
    """The pattern, when it can match a place at all. ValueError says how one is written."""
    if not isinstance(pattern, str) or not pattern:
        raise ValueError('a place is text in quotes: "vault-prod:kv/voice/**"')
    provider, colon, rest = pattern.partition(":")
    if "**" not in provider and not (colon and provider and rest):
        raise ValueError('a place is provider:path#field, "vault-prod:kv/voice/**"; every place is "**"')
    if pattern.endswith("#"):
        raise ValueError("a place ends with the name of a field after its #, or has no #")
    return pattern


def _split(place: str) -> tuple[str, str]:
    item, mark, field = place.rpartition("#")
    return (item, field) if mark else (place, "")


@lru_cache(maxsize=8192)
def _compiled(pattern: str) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    item, field = _split(pattern)
    provider, colon, locator = item.partition(":")
    if "**" in provider or not colon:
        whole = _path(item)
    else:
        whole = re.compile(_translated(provider, "[^/:]*") + ":" + _path(locator).pattern, re.DOTALL)
    return whole, (_word(field) if field else None)


@lru_cache(maxsize=8192)
def _path(pattern: str) -> re.Pattern[str]:
    return re.compile(_translated(pattern, "[^/]*"), re.DOTALL)


@lru_cache(maxsize=8192)
def _word(pattern: str) -> re.Pattern[str]:
    return re.compile(_translated(pattern, ".*"), re.DOTALL)


def _translated(pattern: str, one: str) -> str:
    forms = {"deep": "(?:.*[/:])?", "any": ".*", "one": one}
    return "".join(
        re.escape(token.group()) if token.lastgroup == "text" else forms[token.lastgroup or "one"]
        for token in _TOKEN.finditer(pattern)
    )
