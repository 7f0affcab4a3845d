"""Finding a configuration, reading it, and saying everything that is wrong with it at once."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from credwatch.config.complaints import Checked, complaints
from credwatch.config.configuration import Config, ProviderTable
from credwatch.config.environment import Variables, variables
from credwatch.config.finding import PLACES, found
from credwatch.config.lines import KeyPath
from credwatch.config.near import did_you_mean
from credwatch.config.places import DEADLINES, provider_of
from credwatch.config.settings import Document, document
from credwatch.config.source import Source
from credwatch.errors import ConfigError

LARGEST = 4 << 20
"""Characters. What is larger is something else, or a device without an end."""
_AT = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


def load(
    path: Path | None, environ: Mapping[str, str], *, places: Sequence[Path] = PLACES, only: Collection[str] = ()
) -> Config:
    """The configuration of `path`, else of $CREDWATCH_CONFIG, else of the first of `places`, else all defaults.

    A file that was named and is not there is an error; so is one that is there and cannot be read. `only`: of its
    tables these, as if nothing else stood there.
    """
    file, named = found(path, environ, places)
    return parse("", environ, "no configuration file") if file is None else _load(file, environ, named, only)


def _load(path: Path, environ: Mapping[str, str], named: str, only: Collection[str]) -> Config:
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise ConfigError(f"{path}{named}: there is no such file. Write one with `credwatch init`.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}{named}: this is not UTF-8 text. Save it as UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"{path}{named}: cannot be read, {error.strerror}. Mend its rights or its path.") from None
    if len(text) > LARGEST:
        raise ConfigError(f"{path}{named}: this is larger than a configuration can be, 4 MiB. Name another file.")
    return parse(text, environ, str(path), path=path, only=only)


def parse(
    text: str, environ: Mapping[str, str], name: str, *, path: Path | None = None, only: Collection[str] = ()
) -> Config:
    """The configuration of a text; `name` is how complaints call it. ConfigError with a line for every mistake."""
    read = {table: each for table, each in _read(text, name).items() if not only or table in only}
    environment = variables(environ, read)
    source = Source.of(name, text, environment.names)
    try:
        checked = document(read, environment.values)
    except ValidationError as error:
        lines = complaints(source, error, Checked(Document, _with(read, environment)))
        raise ConfigError("\n".join(lines)) from None
    if twice := list(_twice(checked, source)):
        raise ConfigError("\n".join(twice))
    return Config(
        name=name,
        path=path,
        text=text,
        source=source,
        warnings=(*environment.warnings, *_doubts(checked, source)),
        timezone=checked.timezone,
        slack=checked.slack,
        owners=checked.owners,
        defaults=checked.defaults,
        providers={name: ProviderTable.of(name, table) for name, table in checked.providers.items()},
        issuers=checked.issuers,
        identify=checked.identify,
        rules=checked.rules,
        deadlines=checked.deadlines,
        rotate=checked.rotate,
        consumers=checked.consumers,
        renewals=checked.renewals,
        daemon=checked.daemon,
        network=checked.network,
        web=checked.web,
    )


def _read(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        at = _AT.search(said)
        line = (at and at["line"]) or text.count("\n") + 1
        column = f" at column {at['column']}" if at and at["column"] else " at the end"
        raise ConfigError(
            f"{name}, line {line}: this is not TOML{column}: {_AT.sub('', said)}. Text stands in quotes; see toml.io."
        ) from None
    except RecursionError:
        raise ConfigError(f"{name}: tables or lists are nested too deeply. Take some levels out.") from None


def _with(read: Mapping[str, Any], environment: Variables) -> dict[str, Any]:
    """The text's tables with the keys that the environment sets."""
    merged = copy.deepcopy(dict(read))
    for path in environment.names:
        table: Any = merged
        for part in path[:-1]:
            table = table.setdefault(part, {}) if isinstance(table, dict) else {}
        if isinstance(table, dict):
            table.setdefault(path[-1], "")
    return merged


def _twice(checked: Document, source: Source) -> Iterable[str]:
    for table in ("deadlines", "consumers"):
        seen: set[str] = set()
        for number, line in enumerate(getattr(checked, table)):
            if line.name in seen:
                said = f": another [[{table}]] has this name. Give each its own."
                yield source.complaint((table, number, "name"), said)
            seen.add(line.name)


def _doubts(checked: Document, source: Source) -> Iterable[str]:
    """What may be meant as it stands, and probably is not."""
    owners: list[tuple[KeyPath, str]] = []
    if "owner" in checked.defaults.model_fields_set:
        owners.append((("defaults", "owner"), checked.defaults.owner))
    owners += [(("rules", number, "owner"), rule.owner) for number, rule in enumerate(checked.rules)]
    owners += [(("deadlines", number, "owner"), line.owner or "") for number, line in enumerate(checked.deadlines)]
    for path, owner in owners:
        if checked.owners and owner and owner not in checked.owners:
            near = did_you_mean(owner, checked.owners)
            yield source.complaint(path, f": there is no [owners.{owner}]; it is told in [slack] warnings.{near}")
    patterns: list[tuple[KeyPath, str]] = [
        (("rules", number, "match", "place"), pattern)
        for number, rule in enumerate(checked.rules)
        for pattern in rule.match.place
    ]
    patterns += [(("identify", number, "place"), line.place) for number, line in enumerate(checked.identify)]
    patterns += [
        (("consumers", number, "reads"), place) for number, line in enumerate(checked.consumers) for place in line.reads
    ]
    patterns += [
        (("renewals", number, "place"), place) for number, line in enumerate(checked.renewals) for place in line.place
    ]
    for path, pattern in patterns:
        provider = provider_of(pattern)
        if provider and provider != DEADLINES and provider not in checked.providers:
            near = did_you_mean(provider, checked.providers)
            yield source.complaint(path, f": there is no [providers.{provider}], so this matches nothing.{near}")
