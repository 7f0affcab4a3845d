"""A small company that changes under the watch: what its stores really hold, how its vendor really answers, which time it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from credwatch.alerts.channel import NO_ANSWER, Posted
from credwatch.alerts.words import Words
from credwatch.errors import DeliveryError
from credwatch.model import Facts, Item, ProbeResult, Reason, Sighting, Unlisted, Validity
from tests.ledger.world import BY_ID, DAY, START

PLACES = {
    "vault": ("vault:kv/a#K", "vault:kv/b#K", "vault:kv/staging/c#K"),
    "aws": ("aws:s/x#K", "aws:s/y#K"),
}
LIST = "twilio"
PROVIDERS = (*PLACES, LIST)
STAGING = "kv/staging/"
KEYS = range(5)
ANSWERS = {
    "works": ProbeResult.valid(),
    "limited": ProbeResult.valid(reason=Reason.LIMITED),
    "dead": ProbeResult.invalid(),
    "suspended": ProbeResult.suspended(),
    "silent": ProbeResult.unknown(Reason.TIMEOUT),
}
Value = tuple[int, int]
"""Key, and which of its values."""


def fingerprint(value: Value) -> str:
    """As the ledger knows it."""
    return f"f{value[0]}.{value[1]}"


def item_of(place: str) -> Item:
    """Of one field."""
    provider, _, rest = place.partition(":")
    return Item(provider, rest.partition("#")[0])


@dataclass
class Clock:
    """What really passes, and what our clock says."""

    real: timedelta = timedelta(0)
    wrong: timedelta = timedelta(0)
    jumped: bool = False

    def now(self) -> datetime:
        return START + self.real + self.wrong

    def monotonic(self) -> float:
        return self.real.total_seconds()

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        self.real += timedelta(seconds=seconds)
        return not stop.is_set()


@dataclass
class Company:
    """Ground truth."""

    held: dict[str, Value] = field(default_factory=dict)
    halves: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    answers: dict[Value, str] = field(default_factory=dict)
    listed: set[int] = field(default_factory=set)
    refused: dict[Value, tuple[timedelta, timedelta]] = field(default_factory=dict)
    """The first and the last refusal that was seen since the value last worked, in real time."""
    present: dict[str, bool] = field(default_factory=dict)
    """What is known of each place after all that was looked at."""

    def answer(self, value: Value) -> ProbeResult:
        """How the vendor answers; some keys' ids are told by a probe."""
        result = ANSWERS[self.answers.get(value, "works")]
        tells = value[0] % 3 == 1 and result.validity is Validity.VALID
        return replace(result, facts=Facts(key_id=f"SK{value[0]}")) if tells else result

    def note(self, value: Value, result: ProbeResult, real: timedelta) -> None:
        """One answer was seen."""
        if result.validity is Validity.INVALID:
            self.refused[value] = (self.refused.get(value, (real, real))[0], real)
        elif result.validity is not Validity.UNKNOWN:
            self.refused.pop(value, None)

    def sighting(self, place: str) -> Sighting:
        """What a look at the place shows, without a try."""
        key, _ = self.held[place]
        item = item_of(place)
        if place in self.unread:
            return Sighting(item.provider, place.partition("#")[0], BY_ID, Facts(), item)
        ends = START + 45 * DAY if key == 4 else None
        facts = Facts(account=f"AC{key % 2}", key_id=f"SK{key}" if key % 3 == 0 else None, expires=ends)
        if place in self.halves:
            return Sighting(item.provider, place, BY_ID, facts, item, missing=frozenset({"id"}))
        return Sighting(item.provider, place, BY_ID, facts, item, fingerprint(self.held[place]))

    def shows(self, provider: str, hidden: str) -> Iterator[Sighting | Unlisted]:
        """Everything that it holds, or lists; but for what lies under a hidden folder."""
        if provider == LIST:
            for key in sorted(self.listed):
                yield Sighting(
                    LIST, f"{LIST}:AC{key % 2}/SK{key}", BY_ID, Facts(account=f"AC{key % 2}", key_id=f"SK{key}")
                )
            return
        if hidden:
            yield Unlisted(hidden, Reason.FORBIDDEN)
        for place in PLACES[provider]:
            if place in self.held and not (hidden and item_of(place).locator.startswith(hidden)):
                yield self.sighting(place)

    def looked(self, provider: str, shown: set[str], *, complete: bool, hidden: str) -> None:
        """Only a listing that was read to its end takes anything away, and nothing that it could not see."""
        for place in PLACES.get(provider, ()):
            if place in shown:
                self.present[place] = True
            elif complete and not (hidden and item_of(place).locator.startswith(hidden)):
                self.present[place] = False


class Letterbox:
    """A channel that takes messages, or takes one and says nothing, or says nothing and takes none, or refuses."""

    pause = 0.0

    def __init__(self) -> None:
        self.mood = "takes"
        self.posted: dict[str, Posted] = {}
        self.twice: list[str] = []

    def post(self, where: str, words: Words, message: str) -> Posted:
        del words
        if self.mood == "refuses":
            raise DeliveryError("ratelimited", retry_after=timedelta(seconds=30))
        if self.mood == "drops":
            raise DeliveryError(NO_ANSWER)
        if message in self.posted:
            self.twice.append(message)
        self.posted[message] = Posted(where, message)
        if self.mood == "loses":
            raise DeliveryError(NO_ANSWER)
        return self.posted[message]

    def reply(self, parent: Posted, words: Words, message: str) -> Posted:
        return self.post(parent.channel_id, words, message)

    def update(self, posted: Posted, words: Words) -> None:
        del posted, words
        if self.mood in ("refuses", "drops"):
            raise DeliveryError(NO_ANSWER)

    def delete(self, posted: Posted) -> None:
        del posted

    def find(self, where: str, message: str, since: datetime, parent: Posted | None) -> Posted | None:
        del where, since, parent
        return self.posted.get(message)
