"""TOML and the environment, read into frozen settings. Every complaint names the file, the key, what is wrong and the fix.

Each name is loaded when it is asked for: what reads a text needs pydantic, a quarter of the memory of a process that
stays, and such a process holds `Terms`, which need none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from credwatch.config.addresses import Address, host_of
    from credwatch.config.configuration import Config, ProviderTable
    from credwatch.config.finding import CONFIG, HERE, PLACES
    from credwatch.config.loading import load, parse
    from credwatch.config.near import did_you_mean, nearest
    from credwatch.config.places import DEADLINES, listed_place, matches, matches_word
    from credwatch.config.rules import OWNER_LABEL, environments, policy
    from credwatch.config.source import Source
    from credwatch.config.tables import Daemon, Deadline, Defaults, Identify, Network, Owner, Rule, Slack, Web
    from credwatch.config.terms import Terms
    from credwatch.config.values import duration
else:
    _NAMES = {
        "addresses": ("Address", "host_of"),
        "configuration": ("Config", "ProviderTable"),
        "finding": ("CONFIG", "HERE", "PLACES"),
        "loading": ("load", "parse"),
        "near": ("did_you_mean", "nearest"),
        "places": ("DEADLINES", "listed_place", "matches", "matches_word"),
        "rules": ("OWNER_LABEL", "environments", "policy"),
        "source": ("Source",),
        "tables": ("Daemon", "Deadline", "Defaults", "Identify", "Network", "Owner", "Rule", "Slack", "Web"),
        "terms": ("Terms",),
        "values": ("duration",),
    }
    _WHERE = {name: module for module, names in _NAMES.items() for name in names}

    def __getattr__(name: str) -> object:
        """A name of this package, loaded now."""
        if name not in _WHERE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)


__all__ = [
    "CONFIG",
    "DEADLINES",
    "HERE",
    "OWNER_LABEL",
    "PLACES",
    "Address",
    "Config",
    "Daemon",
    "Deadline",
    "Defaults",
    "Identify",
    "Network",
    "Owner",
    "ProviderTable",
    "Rule",
    "Slack",
    "Source",
    "Terms",
    "Web",
    "did_you_mean",
    "duration",
    "environments",
    "host_of",
    "listed_place",
    "load",
    "matches",
    "matches_word",
    "nearest",
    "parse",
    "policy",
]
