"""What is wrong with tables that only plug-ins understand, one line each. Nothing is opened."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from credwatch.config.addresses import host_of
from credwatch.config.complaints import Checked, complaints
from credwatch.config.configuration import Config
from credwatch.config.near import did_you_mean
from credwatch.config.places import matches_word
from credwatch.config.tables import Identify
from credwatch.contract import Plugin
from credwatch.errors import ConfigError
from credwatch.model import Kind


def validated(config: Config, checked: Checked) -> Any:
    """The table as its model. ConfigError with a line for every mistake."""
    try:
        return checked.model.model_validate(checked.given)
    except ValidationError as error:
        raise ConfigError("\n".join(complaints(config.source, error, checked))) from None


def lines(work: Callable[..., object], *given: object) -> list[str]:
    """What a piece of work finds wrong."""
    try:
        work(*given)
    except ConfigError as error:
        return str(error).splitlines()
    return []


def stray_issuers(config: Config, plugins: Mapping[str, Plugin]) -> Iterator[str]:
    """Tables of issuers that nobody offers."""
    for name in config.issuers:
        if name not in plugins:
            near = did_you_mean(name, plugins, "[issuers.{}]")
            known = "" if near else f" Installed: {', '.join(plugins) or 'none'}."
            yield config.source.complaint(("issuers", name), f" is not known.{near}{known}")


def wrong_identify(config: Config, kinds: Mapping[str, Kind]) -> Iterator[str]:
    """Lines that name no kind, a part or an id that it does not have, or an address where it may not be sent."""
    for number, line in enumerate(config.identify):
        at = ("identify", number)
        kind = kinds.get(line.kind)
        if kind is None:
            said = f": no kind of key has this name.{did_you_mean(line.kind, kinds)}"
            yield config.source.complaint((*at, "is"), said)
            continue
        roles = {role.name for role in kind.roles}
        for role in sorted(line.fields.keys() - roles):
            near = did_you_mean(role, roles) or f" It has: {', '.join(sorted(roles))}."
            yield config.source.complaint((*at, "fields", role), f" is no part of a {kind.title}.{near}")
        if line.key_id and kind.joins != "hint":
            said = f" is for kinds whose list shows how each key ends; a {kind.title} is known without it."
            yield config.source.complaint((*at, "key_id"), said)
        if not _may_be_tried(line, kind):
            hosts = ", ".join(kind.hosts) or "nobody"
            yield config.source.complaint((*at, "probe"), f": a {kind.title} may be sent to {hosts} only.")


def _may_be_tried(line: Identify, kind: Kind) -> bool:
    if line.probe is None:
        return True
    host = host_of(line.probe)
    return host in kind.hosts or (line.probe.startswith("https:") and host.removesuffix(":443") in kind.hosts)


def wrong_rules(config: Config, kinds: Collection[str]) -> Iterator[str]:
    """Rules about kinds that nobody offers."""
    for number, rule in enumerate(config.rules):
        for pattern in rule.match.kind:
            if not any(matches_word(pattern, kind) for kind in kinds):
                said = f": no kind of key has this name.{did_you_mean(pattern, kinds)}"
                yield config.source.complaint(("rules", number, "match", "kind"), said)
