"""Who is told where, and when an owner's digest is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Self

from credwatch.config.configuration import Config
from credwatch.config.terms import Terms
from credwatch.model import About, Level

CONSOLE = "console"
_FRIDAY = 4
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Routes:
    """What the configuration says of channels and owners."""

    terms: Terms

    @property
    def console(self) -> bool:
        """No Slack is configured."""
        return self.terms.slack is None

    @property
    def pages(self) -> str:
        """Where pages go."""
        return self.terms.slack.pages if self.terms.slack else CONSOLE

    @property
    def warnings(self) -> str:
        """Where everything goes that belongs to nobody."""
        return self.terms.slack.warnings if self.terms.slack else CONSOLE

    def owner(self, name: str) -> str:
        """The owner, or the default one."""
        return name or self.terms.owner

    def where(self, level: Level, about: About, owner: str) -> str:
        """A page goes to the pages' channel, and so does what waits for a person; the rest to its owner's.

        Our own sight, and what we do ourselves, belongs to nobody.
        """
        if level is Level.PAGE or about is About.STOPPED:
            return self.pages
        ours = about in (About.PROVIDER, About.VENDOR, About.SELF, About.ROTATION)
        return self.warnings if ours else self.of_owner(owner)

    def of_owner(self, owner: str) -> str:
        """The owner's own channel, or the warnings'."""
        team = self.terms.teams.get(self.owner(owner))
        return team.channel if team and team.channel and self.terms.slack else self.warnings

    def mention(self, owner: str) -> str:
        """Whom to call, as configured; empty: nobody."""
        team = self.terms.teams.get(self.owner(owner))
        return (team.mention or "") if team else ""

    def reaches(self, channel: str) -> bool:
        """Whether a thread begun there can be gone on with: not from a console to Slack, nor back."""
        return (channel == CONSOLE) == self.console

    def digest_day(self, now: datetime) -> str | None:
        """The day whose digest may be sent now: Monday to Friday, from the digest's hour on."""
        local = now.astimezone(self.terms.timezone)
        return local.date().isoformat() if local.weekday() <= _FRIDAY and local.time() >= self._hour else None

    def next_digest(self, now: datetime) -> datetime:
        """When the first digest is sent that is not of today, or that waits for its hour today."""
        local = now.astimezone(self.terms.timezone)
        day = local.date() if local.time() < self._hour else local.date() + _DAY
        while day.weekday() > _FRIDAY:
            day += _DAY
        return datetime.combine(day, self._hour, self.terms.timezone)

    @property
    def _hour(self) -> time:
        """From when on a digest is sent; a console takes it at any time of the day."""
        return self.terms.slack.digest if self.terms.slack else time.min


@dataclass(frozen=True)
class Ruled(Routes):
    """The routes, and the rules beside them: some words depend on what is called production."""

    config: Config

    @classmethod
    def of(cls, config: Config) -> Self:
        """What this configuration says."""
        return cls(config.terms, config)
