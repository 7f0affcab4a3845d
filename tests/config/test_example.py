from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from credwatch.config.configuration import Config
from credwatch.config.loading import load
from credwatch.registry import Registry
from credwatch.transport import Transport

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


@pytest.fixture
def example(tmp_path: Path) -> Config:
    """The example, with a bundle of authorities that exists on every machine."""
    ca = tmp_path / "ca.pem"
    ca.touch()
    return load(EXAMPLE, {"CREDWATCH_NETWORK__CA": str(ca)})


def test_the_example_is_a_configuration_without_a_doubt(example: Config) -> None:
    assert example.warnings == ()


def test_the_example_says_what_its_comments_say(example: Config) -> None:
    assert example.every("aws-prod") == timedelta(hours=1)
    assert example.every("vault-prod") == timedelta(minutes=15)
    assert example.providers["aws-data"].read is False
    assert len(example.rules) == 6


def test_the_example_rotates_as_its_comments_say(example: Config) -> None:
    (agent,) = example.consumers

    assert [str(window) for window in example.rotate.freeze] == ["Fri 12:00 - Mon 08:00", "2026-12-18 - 2027-01-04"]
    assert (example.rotate.max_per_day, example.rotate.revoke) == (4, "ask")
    assert [rule.rotate for rule in example.rules if "rotate" in rule.sets] == ["manual", "auto"]
    assert (agent.settles, agent.reload and agent.reload.said) == (
        timedelta(hours=2),
        "restart voice/deployment/voice-agent",
    )


@pytest.mark.parametrize("name", ["vault-prod", "aws-prod", "deepgram"])
def test_each_identity_of_the_example_opens_a_connection_that_writes(example: Config, name: str) -> None:
    """Nothing is asked and no reference is read by opening it: none of them is there."""
    transport = Transport()
    registry = Registry.load()
    opened: dict[str, Any] = {}
    plugins = {
        use: replace(made, provider=lambda setup: opened.setdefault(setup.name, setup))
        for use, made in registry.plugins.items()
    }

    Registry(plugins).open(example, name, transport, rotating=True)

    transport.close()
    assert opened[name].writes


def test_the_example_stands_before_every_installed_plug_in(example: Config) -> None:
    assert Registry.load().check(example) == []


def test_every_installed_plug_in_loads_and_no_two_offer_one_kind(example: Config) -> None:
    registry = Registry.load()

    names = [kind.name for kind in registry.kinds(example)]

    assert {"vault", "aws", "gcp", "twilio", "deepgram", "elevenlabs", "openai", "http", "files"} <= set(
        registry.plugins
    )
    assert len(names) == len(set(names))
    assert "crm" in names
