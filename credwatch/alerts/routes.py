"""Who is told where, and when an owner's digest is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from credwatch.config import Config, policy
from credwatch.findings import Environment
from credwatch.model import About, Facts, Held, Level, Memory

CONSOLE = "console"
_FRIDAY = 4
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Routes:
    """What the configuration says of channels and owners."""

    config: Config

    @property
    def console(self) -> bool:
        """No Slack is configured."""
        return self.config.slack is None

    @property
    def pages(self) -> str:
        """Where pages go."""
        return self.config.slack.pages if self.config.slack else CONSOLE

    @property
    def warnings(self) -> str:
        """Where everything goes that belongs to nobody."""
        return self.config.slack.warnings if self.config.slack else CONSOLE

    def owner(self, name: str) -> str:
        """The owner, or the default one."""
        return name or self.config.defaults.owner

    def where(self, level: Level, about: About, owner: str) -> str:
        """A page goes to the pages' channel, the rest to its owner's; our own sight belongs to nobody."""
        if level is Level.PAGE:
            return self.pages
        ours = about in (About.PROVIDER, About.VENDOR, About.SELF)
        return self.warnings if ours else self.of_owner(owner)

    def of_owner(self, owner: str) -> str:
        """The owner's own channel, or the warnings'."""
        team = self.config.owners.get(self.owner(owner))
        return team.channel if team and team.channel and self.config.slack else self.warnings

    def mention(self, owner: str) -> str:
        """Whom to call, as configured; empty: nobody."""
        team = self.config.owners.get(self.owner(owner))
        return (team.mention or "") if team else ""

    def environment(self, now: datetime) -> Environment:
        """By kind and place what the rules of today call it: production, or something else."""

        def called(kind: str, place: str) -> str:
            held = Held(place, place.partition(":")[0], None, since=now, seen_at=now)
            return policy(self.config, Memory("", kind, "", Facts(), now, held=(held,)), now).environment

        return called

    def reaches(self, channel: str) -> bool:
        """Whether a thread begun there can be gone on with: not from a console to Slack, nor back."""
        return (channel == CONSOLE) == self.console

    def digest_day(self, now: datetime) -> str | None:
        """The day whose digest may be sent now: Monday to Friday, from the digest's hour on."""
        local = now.astimezone(self.config.timezone)
        return local.date().isoformat() if local.weekday() <= _FRIDAY and local.time() >= self._hour else None

    def next_digest(self, now: datetime) -> datetime:
        """When the first digest is sent that is not of today, or that waits for its hour today."""
        local = now.astimezone(self.config.timezone)
        day = local.date() if local.time() < self._hour else local.date() + _DAY
        while day.weekday() > _FRIDAY:
            day += _DAY
        return datetime.combine(day, self._hour, self.config.timezone)

    @property
    def _hour(self) -> time:
        """From when on a digest is sent; a console takes it at any time of the day."""
        return self.config.slack.digest if self.config.slack else time.min
