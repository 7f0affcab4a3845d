"""Which schedules there are: each call of a rotation that goes well, what can become of it, and what others do right before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.rotation.harness.faults import STORED, Fault
from tests.rotation.harness.scene import PLAIN, Setting
from tests.rotation.harness.vendors import MINTERS, Traits

PLACES = (1, 2, 3)
_DIES = (Fault.KILLED_BEFORE, Fault.KILLED_AFTER)
_READS = (Fault.BEFORE, Fault.REFUSED, Fault.KILLED_BEFORE)
_WRITES = tuple(fault for fault in Fault if fault is not Fault.VERY_LATE)
_MARKED = frozenset({"MINT", "STAGE"})
"""What is found by its mark however late it lands; a key without one is told to a person."""


@dataclass(frozen=True)
class Schedule:
    """One way in which a rotation can go."""

    traits: Traits
    places: int
    plan: Mapping[int, Fault] = field(default_factory=dict)
    acts: Mapping[int, str] = field(default_factory=dict)
    setting: Setting = PLAIN
    choices: tuple[int, ...] = ()
    """What a person takes of what is offered, at each stop; after them she is careful."""

    def __str__(self) -> str:
        parts = [f"{self.traits.name}, {self.places} places, {self.setting.name}"]
        parts += [f"{fault} at {call}" for call, fault in self.plan.items()]
        parts += [f"{act} at {call}" for call, act in self.acts.items()]
        if self.choices:
            parts.append(f"choices {self.choices}")
        return "; ".join(parts)


def faults(call: str, traits: Traits) -> Sequence[Fault]:
    """What can become of a call."""
    if call == "commit":
        return _DIES
    word = call.split(maxsplit=1)[0]
    if not word.isupper():
        return _READS
    found = word in _MARKED and (traits.marks or word == "MINT")
    late = tuple(Fault) if found and not traits.exchanges else _WRITES
    return late if word in STORED else tuple(fault for fault in late if fault is not Fault.OVERTAKEN)


def singly(traits: Traits, places: int, calls: Sequence[str], setting: Setting = PLAIN) -> Iterator[Schedule]:
    """Every fault of every call."""
    for number, call in enumerate(calls, 1):
        for fault in faults(call, traits):
            yield Schedule(traits, places, {number: fault}, setting=setting)


def in_pairs(
    traits: Traits, places: int, calls: Sequence[str], count: int, random: Random, setting: Setting = PLAIN
) -> Iterator[Schedule]:
    """As many pairs, drawn evenly; the second may also hit what the first has made necessary."""
    for _ in range(count):
        first = random.randrange(1, len(calls) + 1)
        second = random.randrange(first + 1, len(calls) + 40)
        plan = {first: random.choice(faults(calls[first - 1], traits)), second: random.choice(_WRITES)}
        yield Schedule(traits, places, plan, setting=setting)


def with_others(
    traits: Traits,
    places: int,
    calls: Sequence[str],
    count: int,
    random: Random,
    acts: Sequence[str],
    setting: Setting = PLAIN,
) -> Iterator[Schedule]:
    """As many in which others do something at one call, or two things, or something also fails; and a person who tries."""
    for number in range(count):
        first, second = sorted(random.sample(range(1, len(calls) + 25), 2))
        done = {first: acts[number % len(acts)]}
        plan: dict[int, Fault] = {}
        match number // len(acts) % 3:
            case 1:
                done[second] = random.choice(acts)
            case 2:
                plan[second] = random.choice(_WRITES)
            case _:
                pass
        choices = tuple(random.randrange(6) for _ in range(random.randrange(3)))
        yield Schedule(traits, places, plan, done, setting, choices)


KINDS = tuple((traits, places) for traits in MINTERS for places in PLACES)
