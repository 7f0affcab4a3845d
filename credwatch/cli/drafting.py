"""A first configuration: what was found, as TOML, with a word to each part. It is read back before it is handed on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from credwatch.config.loading import parse
from credwatch.contract import Found
from credwatch.errors import ConfigError
from credwatch.log import escape_control
from credwatch.registry import Registry

SLACK = "SLACK_BOT_TOKEN"
USUAL_DATA = Path("/var/lib/credwatch")
_HALVES = re.compile("[\ud800-\udfff]")

_HEAD = """\
# credwatch: what to watch, whose it is, whom to tell.
#
# No secret stands in this file. A secret is a reference, "env:NAME" or "file:/path"; anything else is refused.
# Durations: "15m", "6h", "30d". config.example.toml of the project shows all that can be said here.
# After an edit:  credwatch config check

timezone = "UTC"                                # of times of day, and of the days of [[deadlines]]

# -- Who is told ---------------------------------------------------------------------------------------------------
# The app and its scopes: credwatch init slack-app. Invite it to both channels: /invite @credwatch
"""
_SLACK = """
[slack]
token    = "env:SLACK_BOT_TOKEN"
warnings = "#credentials"                       # digests and summaries
# pages  = "#on-call"                           # what cannot wait; left out: the same channel
"""
_NO_SLACK = """
# [slack]
# token    = "file:/run/secrets/credwatch/slack-bot-token"
# warnings = "#credentials"                     # digests and summaries
# pages    = "#on-call"                         # what cannot wait; left out: the same channel
"""
_OWNERS = """
# [owners.voice]
# channel = "#voice-alerts"                     # instead of [slack] warnings
# mention = "@voice-oncall"                     # a user group: people come and go

# -- Where keys are kept -------------------------------------------------------------------------------------------
# A key is recognised and tried wherever it is kept. A vendor's own table adds its list: dates, and keys no store holds.
"""
_FILES = """
# [providers.mounted]
# use   = "files"
# paths = ["/run/secrets"]                      # .env files, directories of mounted secrets, certificates
"""
_RULES = """
# -- Whose it is and what it is worth ------------------------------------------------------------------------------
# Top to bottom; a rule sets only what it names; the later one wins. A place is shown by credwatch list.

# [[rules]]
# match       = { place = "**/staging/**" }
# environment = "staging"
# page        = "never"

# [[deadlines]]                                 # a date that no API tells
# name = "SIP carrier contract ends"
# date = 2027-01-31

# -- How often, and where it is remembered -------------------------------------------------------------------------
"""


@dataclass(frozen=True)
class Draft:
    """A configuration that can be read, and what it was made from."""

    text: str
    found: tuple[str, ...]
    """What was seen and is used, in sentences."""
    slack: bool
    left_out: Mapping[str, str]
    """What was seen and cannot be used as it is: the name of its table, and why."""


def draft(registry: Registry, environ: Mapping[str, str], name: str, *, data: Path = USUAL_DATA) -> Draft:
    """What the plug-ins find in this environment, as a configuration. `data` is where it is remembered if we may."""
    found = _named(one for plugin in registry.plugins.values() if plugin.discover for one in plugin.discover(environ))
    slack = bool(environ.get(SLACK))
    parts, left_out = [_HEAD, _SLACK if slack else _NO_SLACK, _OWNERS], dict[str, str]()
    for table_name, one in found.items():
        text = _table(table_name, one)
        if problem := _problem(registry, text):
            left_out[table_name] = problem.partition(": ")[2] or problem
            # Nothing of its values: what cannot be used may be an address with a password in it.
            text = f"\n# Left out: {left_out[table_name]}\n# [providers.{table_name}]\n"
        parts.append(text)
    text = "".join([*parts, _FILES, _RULES, _remembered(environ, data)])
    if problem := _problem(registry, text, name):
        raise ConfigError(problem)
    used = tuple(escape_control(one.said) for table_name, one in found.items() if table_name not in left_out)
    return Draft(text, used, slack, left_out)


def _named(found: Iterator[Found]) -> dict[str, Found]:
    """Each under a name of its own."""
    named: dict[str, Found] = {}
    for one in found:
        names = [one.name, *(f"{one.name}-{number}" for number in range(2, len(named) + 3))]
        named[next(name for name in names if name not in named)] = one
    return named


def _table(name: str, found: Found) -> str:
    width = max(map(len, found.table))
    lines = [f"{key:<{width}} = {toml(value)}{_empty(value)}" for key, value in found.table.items()]
    return "\n".join(["", f"# {escape_control(found.said)}", f"[providers.{name}]", *lines, ""])


def _empty(value: Any) -> str:
    return "   # nothing yet: credwatch doctor says what can stand here" if value in ([], ()) else ""


def toml(value: Any) -> str:
    """A value as TOML writes it on one line."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case Mapping():
            inside = ", ".join(f"{key if _bare(key) else _text(key)} = {toml(each)}" for key, each in value.items())
            return f"{{ {inside} }}" if inside else "{}"
        case Sequence() if not isinstance(value, str):
            return f"[{', '.join(toml(each) for each in value)}]"
    return _text(str(value))


def _bare(key: str) -> bool:
    return bool(key) and key.isascii() and key.replace("-", "").replace("_", "").isalnum()


def _text(text: str) -> str:
    """With TOML's own escapes for what cannot be seen.

    Half a surrogate pair, as an environment may hold it, is nothing that TOML has: it is written as it is shown.
    """
    whole = _HALVES.sub(lambda half: escape_control(half[0]), text)
    return f'"{"".join(map(_letter, whole))}"'


def _letter(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    return letter if escape_control(letter) == letter else f"\\U{ord(letter):08x}"


def _problem(registry: Registry, text: str, name: str = "it") -> str:
    """The first thing that is wrong with it."""
    try:
        problems = registry.check(parse(text, {}, name))
    except ConfigError as error:
        problems = str(error).splitlines()
    return escape_control(problems[0]) if problems else ""


def _remembered(environ: Mapping[str, str], usual: Path) -> str:
    """The usual place where we may write, else one below the home directory."""
    nearest = next(each for each in (usual, *usual.parents) if each.exists())
    state = environ.get("XDG_STATE_HOME") or (f"{environ['HOME']}/.local/state" if environ.get("HOME") else "")
    data = usual if (nearest.is_dir() and os.access(nearest, os.W_OK)) or not state else Path(state) / "credwatch"
    return "\n".join(
        [
            "",
            "[daemon]",
            f"data  = {toml(str(data))}   # must survive a restart",
            'every = "15m"                                   # a look at everything',
            "",
        ]
    )
