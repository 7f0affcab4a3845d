"""`[rotate.identities]`: who we are at a provider when we write. A table of it replaces the watch's own keys for this."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from credwatch.config.complaints import Checked
from credwatch.config.configuration import Config, ProviderTable
from credwatch.config.near import did_you_mean
from credwatch.contract import Plugin
from credwatch.errors import ConfigError
from credwatch.registry.checks import validated

_AT = ("rotate", "identities")


def identified(config: Config, table: ProviderTable, plugin: Plugin) -> Any:
    """The settings of the provider's table with the identity that writes in the place of the watch's; None: it has none.

    References in it stay unread. ConfigError when the table is wrong.
    """
    identity = config.rotate.identities.get(table.name)
    if identity is None:
        return None
    if problems := list(_wrong(config, table, plugin)):
        raise ConfigError("\n".join(problems))
    rest = {key: value for key, value in table.table.items() if key not in (plugin.identity or ())}
    return validated(config, Checked(plugin.provider_settings, rest | identity, (*_AT, table.name)))


def stray_identities(config: Config) -> Iterator[str]:
    """Tables for providers that are not configured."""
    for name in config.rotate.identities:
        if name not in config.providers:
            near = did_you_mean(name, config.providers)
            yield config.source.complaint((*_AT, name), f": there is no [providers.{name}].{near}")


def _wrong(config: Config, table: ProviderTable, plugin: Plugin) -> Iterator[str]:
    at = (*_AT, table.name)
    if plugin.identity is None or plugin.provider is None:
        yield config.source.complaint(at, f": {table.use} makes no keys and writes no places. Take the line out.")
        return
    for key in config.rotate.identities[table.name].keys() - plugin.identity:
        known = ", ".join(sorted(plugin.identity))
        near = did_you_mean(key, plugin.identity) or (f" It has: {known}." if known else " Leave { } empty.")
        yield config.source.complaint((*at, key), f" does not say who we are there.{near}")
