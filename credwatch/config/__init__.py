"""TOML and the environment, read into frozen settings. Every complaint names the file, the key, what is wrong and the fix."""

from credwatch.config.complaints import Checked, complaints
from credwatch.config.configuration import Config, ProviderTable
from credwatch.config.environment import CONFIG
from credwatch.config.loading import HERE, PLACES, load, parse
from credwatch.config.near import did_you_mean, nearest
from credwatch.config.places import listed_place, matches, matches_word
from credwatch.config.rules import OWNER_LABEL, policy
from credwatch.config.source import Source
from credwatch.config.tables import DEADLINES, Daemon, Deadline, Defaults, Identify, Network, Owner, Rule, Slack, Web
from credwatch.config.values import Address, duration, host_of

__all__ = [
    "CONFIG",
    "DEADLINES",
    "HERE",
    "OWNER_LABEL",
    "PLACES",
    "Address",
    "Checked",
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
    "Web",
    "complaints",
    "did_you_mean",
    "duration",
    "host_of",
    "listed_place",
    "load",
    "matches",
    "matches_word",
    "nearest",
    "parse",
    "policy",
]
