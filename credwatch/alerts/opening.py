"""Which channel is configured, opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from credwatch.alerts.channel import Channel, ConsoleChannel
from credwatch.config.configuration import Config
from credwatch.errors import ConfigError

if TYPE_CHECKING:
    from credwatch.alerts.slack import SlackChannel


def open_channel(config: Config, write: Callable[[str], None]) -> Channel:
    """Slack, where it is configured; else the console. ConfigError when the token is not where it should be."""
    return ConsoleChannel(write) if config.slack is None else open_slack(config)


def open_slack(config: Config) -> SlackChannel:
    """The configured Slack."""
    from credwatch.alerts.slack import SLACK, SlackChannel  # noqa: PLC0415  the SDK is imported when Slack is opened

    if config.slack is None:
        raise ConfigError(f"{config.name}: no [slack] is configured")
    base_url = f"{config.slack.base_url.rstrip('/')}/" if config.slack.base_url else SLACK
    return SlackChannel(
        config.slack.token.resolve(), base_url=base_url, proxy=config.network.proxy, ca=config.network.ca
    )
