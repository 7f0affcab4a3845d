"""Where a setting was written: a line of the file, or a variable of the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from credwatch.config.lines import KeyPath, lines_of

NAMED = ("owners", "providers", "issuers")
"""The tables whose second word is a name that somebody chose."""


@dataclass(frozen=True)
class Source:
    """A configuration's name for complaints, and what is known of where each key stands."""

    name: str
    lines: Mapping[KeyPath, int] = field(default_factory=dict, repr=False)
    variables: Mapping[KeyPath, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, name: str, text: str, variables: Mapping[KeyPath, str]) -> Source:
        """The source of a text that TOML could read, and of these variables."""
        return cls(name, lines_of(text), variables)

    def line(self, path: KeyPath) -> int | None:
        """The line of the key, or of the nearest table around it."""
        tries = (self.lines.get(path[:length]) for length in range(len(path), 0, -1))
        return next((line for line in tries if line), None)

    def where(self, path: KeyPath) -> str:
        """`credwatch.toml, line 12`, or `CREDWATCH_SLACK__TOKEN in the environment`."""
        for length in range(len(path), 0, -1):
            if variable := self.variables.get(path[:length]):
                return f"{variable} in the environment"
            if line := self.lines.get(path[:length]):
                return f"{self.name}, line {line}"
            for known, variable in self.variables.items():
                if known[:length] == path[:length]:
                    return f"{variable} in the environment"
        return self.name

    def complaint(self, path: KeyPath, said: str) -> str:
        """One line: where, which key, and what is said of it."""
        return f"{self.where(path)}: {shown(path)}{said}"


def shown(path: KeyPath, *, table: bool = False) -> str:
    """The key as a person writes it: `[slack] token`, `[[rules]] match.place`, `timezone`."""
    words = [str(part) for part in path if isinstance(part, str)]
    listed = len(path) > 1 and isinstance(path[1], int)
    length = 2 if words[:1] and (words[0] in NAMED or words[:2] == ["rotate", "identities"]) else 1
    if not words:
        return ""
    if len(path) == 1 and not table:
        return words[0]
    head = ".".join(words[:length])
    tail = ".".join(words[length:])
    bracketed = f"[[{head}]]" if listed else f"[{head}]"
    return f"{bracketed} {tail}" if tail else bracketed
