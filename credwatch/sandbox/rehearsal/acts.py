"""Two rotations: one that is killed in the middle and gone on with, and one that stops because a person wrote a place."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from credwatch.sandbox.keys import Key
from credwatch.sandbox.rehearsal.company import CAPTIONS, FIELD, VOICE, Company
from credwatch.sandbox.story.acts import Act, Happened
from credwatch.sandbox.story.reading import PAGES, Heard, Reader
from credwatch.sandbox.story.times import StoryClock

LENGTH = timedelta(hours=26)
"""From the first command to the last."""
_PLACES = {name: f"vault-prod:kv/{name}#{FIELD}" for name in (*VOICE, *CAPTIONS)}
_NAME = re.compile(r"cw-[0-9A-HJKMNP-TV-Z]{26}\b")
_CHOICE = re.compile(r"`credwatch (resume \S+ --overwrite \S+)`")


class Commands(Protocol):
    """The command line, as a person has it."""

    def run(self, words: Sequence[str]) -> list[str]:
        """What it printed."""

    def killed(self, words: Sequence[str], when: threading.Event) -> list[str]:
        """In a process of its own, which is killed with SIGKILL at that moment: what it had printed."""


@dataclass(frozen=True)
class Typed:
    """A command that somebody gave, and what it printed."""

    words: tuple[str, ...]
    lines: tuple[str, ...]


Event = Act | Happened | Heard | Typed


class Play:
    """One performance, on a stage that is set."""

    def __init__(self, company: Company, commands: Commands, clock: StoryClock, stop: threading.Event) -> None:
        self._company, self._commands, self._clock, self._stop = company, commands, clock, stop
        self._reader = Reader(company.scene.slack)
        self._began = clock.now()
        self.first = self.second = ""
        """The names of the two rotations."""
        self._stop_message: tuple[str, ...] = ()

    def events(self) -> Iterator[Event]:
        """All of it, in order. After `stop` it breaks off at the next step."""
        acts = (self._planned, self._killed, self._gone_on, self._confirmed, self._stopped, self._chosen)
        for act in acts:
            for event in act():
                if self._stop.is_set():
                    return
                yield event

    def _planned(self) -> Iterator[Event]:
        yield Act(1, "Everything is seen once; then the plan, which changes nothing")
        yield self._type(0, "sweep")
        self._deliver()
        list(self._reader.news())
        yield self._type(2, "rotate", _PLACES["voice/prod"], "--dry-run")

    def _killed(self) -> Iterator[Event]:
        yield Act(2, "It is begun, and killed in the worst moment: the key is made, and no store has it")
        words = ("rotate", _PLACES["voice/prod"], "--yes", "--reason", "ends in 30 days")
        self._at(5)
        with self._company.silent_store() as asked:
            lines = self._commands.killed(words, asked)
        yield Typed(words, tuple(lines))
        self.first = _name(lines)
        yield self._happened("kill -9, while Vault has not answered. The value was in that process's memory only")
        yield self._happened(self._alive("voice-prod"))
        self._deliver()
        yield self._type(6, "rotations")

    def _gone_on(self) -> Iterator[Event]:
        yield Act(3, "The next process reads the world, removes the key that nobody can use, and goes on")
        yield self._type(7, "rotate", "--due")
        agent = self._company.agent
        yield self._happened(self._alive("voice-prod"))
        yield self._happened(f"voice-agent was told {len(agent.told)} time, signature right; it uses {agent.uses[:8]}")
        self._deliver()

    def _confirmed(self) -> Iterator[Event]:
        yield Act(4, "A day later it asks; a person says that the old key may go")
        yield self._type(24 * 60 + 20, "rotate", "--due")
        self._deliver()
        yield self._type(24 * 60 + 25, "rotations", "revoke", self.first, "--by", "luis")
        yield self._type(24 * 60 + 26, "rotations", "show", self.first)
        yield self._happened(f"{self._alive('voice-prod')}; {_short(self._company.voice)} is refused")
        self._deliver()
        yield from self._reader.news()

    def _stopped(self) -> Iterator[Event]:
        yield Act(5, "The other key: somebody writes a place while it is rotated. It stops, and breaks nothing")
        eu, us = CAPTIONS
        with self._company.as_it_goes_live(eu, lambda: self._company.edit(us)):
            typed = self._type(25 * 60, "rotate", _PLACES[us], "--yes", "--reason", "yearly")
        yield typed
        self.second = _name(typed.lines)
        self._deliver()
        for heard in self._reader.news():
            if heard.channel == PAGES:
                self._stop_message = heard.lines
            yield heard

    def _chosen(self) -> Iterator[Event]:
        yield Act(6, "It was a mistake: the line from the message is pasted, and it goes on")
        (choice,) = _CHOICE.findall("\n".join(self._stop_message))
        yield self._type(25 * 60 + 20, *choice.split(), "--reason", "a test key, written into the wrong place")
        yield self._happened(self._alive("captions-prod"))
        self._deliver()
        yield from self._reader.news()

    def _alive(self, name: str) -> str:
        """What Deepgram takes of the keys that are called so."""
        return f'at Deepgram "{name}" is: {", ".join(_short(key) for key in self._company.alive(name))}'

    def _type(self, minutes: int, *words: str) -> Typed:
        self._at(minutes)
        return Typed(words, tuple(self._commands.run(words)))

    def _deliver(self) -> None:
        """What the daemon does by itself."""
        self._commands.run(("--quiet", "deliver"))

    def _at(self, minutes: int) -> None:
        self._clock.move_to(self._began + timedelta(minutes=minutes))

    def _happened(self, what: str) -> Happened:
        return Happened(self._clock.now(), what)


def _short(key: Key) -> str:
    return key.id[:8]


def _name(lines: Sequence[str]) -> str:
    return next(found[0] for line in lines if (found := _NAME.search(line)))
