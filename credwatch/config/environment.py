"""Which variables of the environment are settings: `CREDWATCH_TABLE__KEY` and `CREDWATCH_TIMEZONE`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from credwatch.config.finding import CONFIG
from credwatch.config.lines import KeyPath
from credwatch.config.near import nearest
from credwatch.config.rotating import Rotate
from credwatch.config.source import NAMED
from credwatch.config.tables import Daemon, Defaults, Network, Slack, Web

PREFIX = "CREDWATCH_"
_OTHERS = frozenset({CONFIG, "CREDWATCH_BY"})
"""Read elsewhere: which file, and who acknowledges."""
_APART = "__"
_PLAIN: Mapping[str, type[BaseModel]] = {
    "slack": Slack,
    "defaults": Defaults,
    "daemon": Daemon,
    "network": Network,
    "rotate": Rotate,
    "web": Web,
}
_SCALARS = ("timezone",)
_LISTS = ("identify", "rules", "deadlines", "consumers", "renewals")


@dataclass
class Variables:
    """The settings of an environment, and a sentence about every variable that looks like one and is none."""

    values: dict[str, str] = field(default_factory=dict)
    """`daemon__data` to its value."""
    names: dict[KeyPath, str] = field(default_factory=dict)
    """`("daemon", "data")` to the variable's own name."""
    warnings: list[str] = field(default_factory=list)


def variables(environ: Mapping[str, str], document: Mapping[str, Any]) -> Variables:
    """Read the environment. An empty variable is not set. `_` stands for `-` and `.` in names of the document's tables."""
    read = Variables()
    for variable, value in sorted(environ.items()):
        if not variable.startswith(PREFIX) or variable in _OTHERS or not value:
            continue
        path = _path(variable, document)
        if path is None:
            read.warnings.append(_ignored(variable))
        else:
            read.values[_APART.join(path)] = value
            read.names[path] = variable
    return read


def _path(variable: str, document: Mapping[str, Any]) -> tuple[str, ...] | None:
    parts = variable.removeprefix(PREFIX).lower().split(_APART)
    match parts:
        case [scalar] if scalar in _SCALARS:
            return (scalar,)
        case ["rotate", "identities", name, key, *rest] if all(parts):
            return ("rotate", "identities", _chosen(name, document.get("providers")), key, *rest)
        case [table, _, *_] if table in _PLAIN and all(parts):
            return tuple(parts)
        case [table, name, key, *rest] if table in NAMED and all(parts):
            return (table, _chosen(name, document.get(table)), key, *rest)
    return None


def _chosen(name: str, tables: Any) -> str:
    """The name of the table that is meant, or of a new one."""
    known = tables if isinstance(tables, Mapping) else {}
    same = (written for written in known if re.sub(r"[^a-z0-9]", "_", written.lower()) == name)
    return next(same, name.replace("_", "-"))


def _ignored(variable: str) -> str:
    bare = variable.removeprefix(PREFIX).lower()
    table, _, key = bare.partition(_APART)
    if table in _LISTS:
        return f"{variable} in the environment is not used: write [[{table}]] in the file."
    said = f"{variable} in the environment is no setting of credwatch and is not used."
    if table in _PLAIN or table in NAMED:
        form = f"{table.upper()}{_APART}" + (f"NAME{_APART}KEY" if table in NAMED else "KEY")
        return f"{said} A setting of [{table}] is written {PREFIX}{form}."
    meant = nearest(table, (*_PLAIN, *NAMED)) if key else None
    near = f"{meant}{_APART}{key}" if meant else nearest(bare, _settings(), alike=0.8)
    return f"{said} Did you mean {PREFIX}{near.upper()}?" if near else said


def _settings() -> list[str]:
    keys = [f"{table}{_APART}{key}" for table, model in _PLAIN.items() for key in model.model_fields]
    return ["config", *_SCALARS, *keys]
