"""The prompt at which a person hands over a key: nothing of it is shown."""

from __future__ import annotations

import sys
from getpass import getpass

import click

from credwatch.config.configuration import Config
from credwatch.model.rotating import Rotation
from credwatch.registry import Registry
from credwatch.secrets import Secret


def ask(rotation: Rotation, config: Config) -> dict[str, Secret]:
    """Every part of the key that its places hold; what is left empty stays as it was. UsageError without a terminal."""
    if not sys.stdin.isatty():
        raise click.UsageError("--paste wants a terminal: what is piped in stays in a history or a log")
    kind = next(one for one in Registry.load().kinds(config) if one.name == rotation.kind)
    held = {role for target in rotation.written for role in target.fields}
    given: dict[str, Secret] = {}
    for role in kind.roles:
        if role.name not in held:
            continue
        if role.secret:
            said = _lines(getpass(f"{kind.title}, {role.name} (hidden): "))
        else:
            said = click.prompt(
                f"{kind.title}, {role.name} (empty: as before)", default="", show_default=False, err=True
            )
        if said.strip():
            given[role.name] = Secret(said.strip())
    return given


def _lines(first: str) -> str:
    """What is pasted in several lines ends with an empty one."""
    if not first.startswith("-----BEGIN "):
        return first
    lines = [first]
    while line := getpass("  (goes on; an empty line ends it) "):
        lines.append(line)
    return "\n".join(lines)
