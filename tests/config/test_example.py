from datetime import timedelta
from pathlib import Path

import pytest

from credwatch.config.configuration import Config
from credwatch.config.loading import load
from credwatch.registry import Registry

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
