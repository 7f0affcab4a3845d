"""The hosts that may be called under this configuration, for whoever keeps the firewall."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from credwatch.config.addresses import host_of
from credwatch.config.configuration import Config
from credwatch.registry import Registry

_SLACK = "https://slack.com/api/"


def hosts(config: Config, registry: Registry) -> tuple[str, ...]:
    """Every host that keys are sent to, that a configured list or store stands on, and Slack's; in order, each once."""
    return tuple(sorted({host.lower() for host in _hosts(config, registry)}))


def _hosts(config: Config, registry: Registry) -> Iterator[str]:
    for kind, _ in registry.issuers(config).values():
        yield from kind.hosts
    for table in config.providers.values():
        yield from registry.plugins[table.use].hosts
        yield from registry.reached(config, table)
        yield from _addresses(table.table)
    if config.slack is not None:
        yield host_of(config.slack.base_url or _SLACK)


def _addresses(table: Mapping[str, Any]) -> Iterator[str]:
    """Of the keys of a table that hold an address."""
    for key, value in table.items():
        if isinstance(value, str) and (key == "address" or key.endswith("url")):
            try:
                yield host_of(value)
            except ValueError:
                continue
