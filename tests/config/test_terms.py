"""What a process that stays holds of a configuration, on its way from the child that read it."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from credwatch.config.addresses import Address
from credwatch.config.loading import parse
from credwatch.config.terms import Channels, Team, Terms

EVERYTHING = """
timezone = "Europe/Madrid"
[slack]
token = "env:TOKEN"
warnings = "#credentials"
digest = "08:30"
[owners.voice]
channel = "#voice"
mention = "@voice-oncall"
[owners."team \\u202e"]
[defaults]
owner = "platform"
[daemon]
data = "/srv/credwatch"
every = "10m"
ephemeral = true
[web]
window = "[::1]:9090"
probes = "localhost:0"
[providers.vault-prod]
use = "vault"
every = "1h"
[providers.keys]
use = "files"
[[deadlines]]
name = "contract"
date = 2027-01-31
"""


@pytest.mark.parametrize("text", ["", EVERYTHING])
def test_what_arrives_is_what_was_read(text: str) -> None:
    terms = parse(text, {"CREDWATCH_NOTHING": "1"}, "credwatch.toml", path=Path("/etc/credwatch.toml")).terms
    line = terms.written()

    assert "\n" not in line
    assert Terms.read(line) == terms


def test_they_are_the_configurations_own_words() -> None:
    terms = parse(EVERYTHING, {}, "credwatch.toml").terms

    assert terms == Terms(
        name="credwatch.toml",
        path=None,
        text=EVERYTHING,
        warnings=(
            "credwatch.toml, line 12: [defaults] owner: there is no [owners.platform]; it is told in [slack] warnings.",
        ),
        timezone=ZoneInfo("Europe/Madrid"),
        slack=Channels("#credentials", "#credentials", time(8, 30)),
        owner="platform",
        teams={"voice": Team("#voice", "@voice-oncall"), "team \u202e": Team()},
        intervals={"vault-prod": timedelta(hours=1), "keys": timedelta(minutes=10)},
        interval=timedelta(minutes=10),
        deadlines=1,
        data=Path("/srv/credwatch"),
        ephemeral=True,
        window=Address("::1", 9090),
        probes=Address("localhost", 0),
    )
    assert (terms.every("vault-prod"), terms.every("deadlines")) == (timedelta(hours=1), timedelta(minutes=10))
