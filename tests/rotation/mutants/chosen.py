"""The few schedules that a broken protocol does not survive, found by what the calls are called and not by their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tests.rotation.harness.faults import Fault
from tests.rotation.harness.schedules import Schedule, faults
from tests.rotation.harness.settings import SETTINGS
from tests.rotation.harness.vendors import MINTERS, Traits

_NAMES = {"twilio", "deepgram", "elevenlabs", "aws", "gcp", "auth token"}
TWILIO, DEEPGRAM, ELEVENLABS, AWS, GCP, TOKEN = (each for each in MINTERS if each.name in _NAMES)
KINDS = ((TWILIO, 1), (ELEVENLABS, 2), (AWS, 1), (GCP, 2))
Calls = Callable[[Traits, int], Sequence[str]]
_OWN = "a person's own key in place 0"
_BACK, _EDIT = "the old key again in place 0", "another field of place 0 is edited"


def where(calls: Sequence[str], word: str) -> int:
    """The number of the first call of this name."""
    return next(number for number, call in enumerate(calls, 1) if call.startswith(word))


def plain() -> Iterator[Schedule]:
    """What is so from the start, and nothing else."""
    for setting in SETTINGS.values():
        for traits, places in ((TWILIO, 2), (ELEVENLABS, 1), (GCP, 3)):
            yield Schedule(traits, places, setting=setting)


def made(calls: Calls) -> Iterator[Schedule]:
    """Around the create."""
    for traits, places in ((GCP, 2), (TWILIO, 1)):
        mint = where(calls(traits, places), "MINT")
        for fault in (Fault.AFTER, Fault.LATE, Fault.KILLED_AFTER):
            yield Schedule(traits, places, {mint: fault})
        yield Schedule(traits, places, {mint: Fault.AFTER}, {mint: "a person makes a key"})
        yield Schedule(traits, places, {mint: Fault.BEFORE}, {mint: "a person makes a key and uses it"})
        listed = where(calls(traits, places), "list")
        yield Schedule(traits, places, {mint: Fault.BEFORE}, {listed: "a person makes a key"})
        yield Schedule(traits, places, {}, {mint: "the slot of place 0 is taken"})
        lags = SETTINGS["a list that lags"]
        yield Schedule(traits, places, {mint + 2: Fault.KILLED_AFTER}, setting=lags)
        yield Schedule(traits, places, {}, {mint + 4: "abort"}, setting=lags)
    mint = where(calls(TWILIO, 1), "MINT")
    yield Schedule(TWILIO, 1, {mint: Fault.BEFORE}, {mint: "a person makes a key"})
    yield Schedule(TWILIO, 1, {mint: Fault.VERY_LATE})
    for after in range(2, 12):
        yield Schedule(TWILIO, 1, {mint: Fault.VERY_LATE}, {mint + after: "abort"})


def laid(calls: Calls) -> Iterator[Schedule]:
    """Around the stores, and a person beside them."""
    for traits, places in ((TWILIO, 1), (DEEPGRAM, 1), (GCP, 2)):
        known = calls(traits, places)
        stage, promote, told = (where(known, word) for word in ("STAGE", "PROMOTE", "RELOAD"))
        yield Schedule(traits, places, {stage: Fault.AFTER}, {stage + 2: _EDIT})
        yield Schedule(traits, places, {}, {promote - 3: _EDIT})
        for after in range(1, 6):
            yield Schedule(traits, places, {promote: Fault.LATE}, {promote + after: "abort"})
            yield Schedule(traits, places, {}, {told + after: "paused"})
        for fault in (Fault.AFTER, Fault.LATE):
            for choices in ((), (1,)):
                yield Schedule(traits, places, {promote: fault}, {promote: _OWN}, choices=choices)
        for after in (3, 5):
            yield Schedule(traits, places, {}, {told + after: _BACK}, choices=(0,))
            yield Schedule(traits, places, {}, {told + after: _BACK}, choices=(1,))
            yield Schedule(traits, places, {}, {told + after: "rollback"})
            yield Schedule(traits, places, {}, {told + after: _EDIT, told + after + 1: _BACK}, choices=(0,))
            yield Schedule(traits, places, {}, {told + after: _EDIT, told + after + 3: "rollback"})
            yield Schedule(
                traits, places, {}, {told + after: "a person switches the old key off", told + after + 2: "rollback"}
            )

    twin = SETTINGS["two places in one item"]
    mint = where(calls(ELEVENLABS, 2), "MINT")
    for before in range(4):
        yield Schedule(ELEVENLABS, 2, {}, {mint - before: "a person's own key in place 1"}, twin, (2,))


def gone(calls: Calls) -> Iterator[Schedule]:
    """Around the end of the old key."""
    for traits, places, word in ((TWILIO, 1, "UNMAKE"), (ELEVENLABS, 2, "OFF"), (ELEVENLABS, 2, "UNMAKE")):
        known = calls(traits, places)
        goes = where(known, word)
        for before in range(8):
            yield Schedule(traits, places, {}, {goes - before: _BACK}, choices=(0,))
        if word == "OFF":
            for after in range(1, 5):
                yield Schedule(traits, places, {goes: Fault.AFTER}, {goes + after: "rollback"})
    goes = where(calls(TOKEN, 1), "UNMAKE")
    yield Schedule(TOKEN, 1, {goes: Fault.AFTER}, {goes + 2: "a person makes a key"})
    yield Schedule(TOKEN, 1, {goes: Fault.KILLED_AFTER}, {goes + 1: "a person makes a key"})
    for traits, places in KINDS:
        known = calls(traits, places)
        for number in range(1, len(known) + 1, 3):
            yield Schedule(traits, places, {}, {number: "a second process, 1 turn"})


def effects(calls: Calls) -> Iterator[Schedule]:
    """Every fault of every effect."""
    for traits, places in KINDS:
        for number, call in enumerate(calls(traits, places), 1):
            if call.split()[0].isupper():
                for fault in faults(call, traits):
                    yield Schedule(traits, places, {number: fault})
