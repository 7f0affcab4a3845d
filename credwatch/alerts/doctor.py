"""Whether alerts would arrive: what `doctor` says of Slack, and the message of `alert --test`."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from credwatch.alerts.channel import NO_ANSWER, Channel
from credwatch.alerts.routes import Routes
from credwatch.alerts.words import Words
from credwatch.config.configuration import Config
from credwatch.contract import Diagnosis
from credwatch.errors import DeliveryError

NEEDED = frozenset(
    {"chat:write", "channels:read", "groups:read", "channels:history", "groups:history", "usergroups:read"}
)
_TEST: Words = Words(("Test: credwatch reaches this channel. This message is deleted again.",), reference="cw-test")


class Examined(Channel, Protocol):
    """A channel that can look at itself."""

    def scopes(self) -> frozenset[str]:
        """What its token may do. DeliveryError when it is refused."""

    def joined(self, where: str) -> bool:
        """Whether the bot is a member of a channel. DeliveryError when there is no such channel."""

    def known(self, mention: str) -> bool:
        """Whether a mention calls somebody."""


@dataclass(frozen=True)
class Tested:
    """How one channel took the test message."""

    channel: str
    ok: bool
    said: str


def channels(config: Config) -> tuple[str, ...]:
    """Every channel that alerts may go to, each once."""
    routes = Routes(config.terms)
    own = [routes.of_owner(name) for name in config.owners]
    return tuple(dict.fromkeys([routes.warnings, routes.pages, *own]))


def test_channels(config: Config, channel: Channel) -> tuple[Tested, ...]:
    """Post a test message to every channel and delete it again."""
    return tuple(_tested(channel, where) for where in channels(config))


test_channels.__test__ = False  # type: ignore[attr-defined]


def _tested(channel: Channel, where: str) -> Tested:
    try:
        channel.delete(channel.post(where, _TEST, str(uuid.uuid4())))
    except DeliveryError as error:
        return Tested(where, ok=False, said=error.reason)
    return Tested(where, ok=True, said="posted, deleted again")


def diagnose(config: Config, channel: Examined) -> Iterator[Diagnosis]:
    """The token and its scopes, each channel, each mention; how to mend what is wrong."""
    try:
        missing = sorted(NEEDED - channel.scopes())
    except DeliveryError as error:
        yield Diagnosis("token", ok=False, said=error.reason, mend=_mend(error.reason))
        return
    mend = "paste the manifest of `credwatch init slack-app` over the app's own and install it again" if missing else ""
    yield Diagnosis("scopes", ok=not missing, said=f"missing {', '.join(missing)}" if missing else "all", mend=mend)
    for where in channels(config):
        yield _membership(channel, where)
    for name, owner in config.owners.items():
        if owner.mention and not channel.known(owner.mention):
            said = f"Slack knows no {owner.mention}: it would be plain text and call nobody"
            yield Diagnosis(f"mention of {name}", ok=False, said=said, mend="name a user group by its handle")


def _membership(channel: Examined, where: str) -> Diagnosis:
    try:
        joined = channel.joined(where)
    except DeliveryError as error:
        return Diagnosis(
            where, ok=False, said=error.reason, mend=f"make the channel, then /invite @credwatch in {where}"
        )
    return Diagnosis(
        where,
        ok=joined,
        said="the bot is in it" if joined else "the bot is not in it",
        mend="" if joined else f"/invite @credwatch in {where}",
    )


def _mend(reason: str) -> str:
    if reason == NO_ANSWER:
        return "Slack gave no answer: look at the network, the proxy and status.slack.com"
    return "put a valid bot token where [slack] token points"
