"""Locators and the patterns over them: `mount/path`, `*` within a segment, `**` across them."""

from __future__ import annotations

import re
from functools import cached_property
from urllib.parse import unquote

_RESERVED = re.compile(r"[%#*\x00-\x1f\x7f-\x9f\u2028\u2029]")
_WILD = re.compile(r"(?P<deep>(?<![^/])\*\*/)|(?P<any>\*\*+)|(?P<one>\*)|(?P<text>[^*]+)")
_FORMS = {"deep": "(?:.*/)?", "any": ".*", "one": "[^/]*"}

PENDING = "credwatch-pending"
"""The folder of a mount in which a rotation keeps what is not live yet. It is never listed."""


def locator(mount: str, path: str) -> str:
    """Mount and path as a place names them."""
    return encoded(f"{mount}/{path}")


def encoded(text: str) -> str:
    """With everything percent-encoded that has a meaning in a place or in a pattern, or that cannot be seen."""
    return _RESERVED.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), text)


def plain(text: str) -> str:
    """The same without the encoding, as Vault knows it."""
    return unquote(text)


class Pattern:
    """One pattern over locators."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._segments = text.split("/")
        if "" in self._segments or "#" in text or (len(self._segments) == 1 and "**" not in text):
            raise ValueError('a path is mount/path without a slash at either end: "kv/voice/**"')

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        return re.compile(_translated(self.text), re.DOTALL)

    @cached_property
    def _each(self) -> list[re.Pattern[str] | None]:
        return [None if "**" in part else re.compile(_translated(part), re.DOTALL) for part in self._segments]

    @cached_property
    def fixed(self) -> tuple[str, ...]:
        """The segments before the first that holds a wildcard."""
        wild = next((place for place, part in enumerate(self._segments) if "*" in part), len(self._segments))
        return tuple(self._segments[:wild])

    @property
    def exact(self) -> bool:
        """Whether it names one item."""
        return "*" not in self.text

    def matches(self, place: str) -> bool:
        """Whether it means this locator."""
        return self._expression.fullmatch(place) is not None

    def reaches(self, folder: str) -> bool:
        """Whether it can mean anything below this folder (a locator that ends with a slash)."""
        parts = folder.rstrip("/").split("/")
        for number, part in enumerate(parts):
            if number >= len(self._each):
                return False
            expression = self._each[number]
            if expression is None:
                return True
            if not expression.fullmatch(part):
                return False
        return len(parts) < len(self._each)

    def covers(self, folder: str) -> bool:
        """Whether it means everything below this folder."""
        return self.text.endswith("**") and self.matches(f"{folder}x")

    def rules(self, skipped: int) -> tuple[str, list[str]]:
        """What follows so many segments, as a policy writes it, and the folders that must be listed beside it.

        A policy knows `*` at its very end and `+` for a whole segment, so it may allow a little more than is meant.
        """
        whole = any("**" in part for part in self._segments[:skipped])
        parts: list[str] = []
        folders: list[str] = []
        for part in ["**"] if whole else self._segments[skipped:]:
            if folders or "*" in part:
                folders.append("".join(f"{each}/" for each in parts))
            if "**" in part:
                parts.append(plain(part.partition("*")[0]) + "*")
                break
            parts.append("+" if "*" in part else plain(part))
        rule = "/".join(parts)
        return rule, [folder for folder in folders if rule != f"{folder}*"]


def _translated(text: str) -> str:
    return "".join(
        re.escape(found.group()) if found.lastgroup == "text" else _FORMS[found.lastgroup or "one"]
        for found in _WILD.finditer(text)
    )
