"""Which schedules there are: each call of a rotation that goes well, and what can become of it, singly and in pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from tests.rotation.harness.faults import Fault
from tests.rotation.harness.vendors import MINTERS, Traits

PLACES = (1, 2, 3)
_DIES = (Fault.KILLED_BEFORE, Fault.KILLED_AFTER)
_READS = (Fault.BEFORE, Fault.REFUSED, Fault.KILLED_BEFORE)


@dataclass(frozen=True)
class Schedule:
    """One way in which a rotation can go."""

    traits: Traits
    places: int
    plan: Mapping[int, Fault]
    dead: bool = False

    def __str__(self) -> str:
        faults = ", ".join(f"{fault} at {call}" for call, fault in self.plan.items())
        return f"{self.traits.name}, {self.places} places{', old key dead' if self.dead else ''}: {faults}"


def faults(call: str) -> Sequence[Fault]:
    """What can become of a call."""
    if call == "commit":
        return _DIES
    return tuple(Fault) if call.split(maxsplit=1)[0].isupper() else _READS


def singly(traits: Traits, places: int, calls: Sequence[str], *, dead: bool = False) -> Iterator[Schedule]:
    """Every fault of every call."""
    for number, call in enumerate(calls, 1):
        for fault in faults(call):
            yield Schedule(traits, places, {number: fault}, dead)


def in_pairs(
    traits: Traits, places: int, calls: Sequence[str], count: int, random: Random, *, dead: bool = False
) -> Iterator[Schedule]:
    """As many pairs, drawn evenly; the second may also hit what the first has made necessary."""
    for _ in range(count):
        first = random.randrange(1, len(calls) + 1)
        second = random.randrange(first + 1, len(calls) + 40)
        plan = {first: random.choice(faults(calls[first - 1])), second: random.choice(tuple(Fault))}
        yield Schedule(traits, places, plan, dead)


KINDS = tuple((traits, places) for traits in MINTERS for places in PLACES)
