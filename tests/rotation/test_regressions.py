"""Schedules that once went wrong, each with what was wrong: by the names of the calls, not by their numbers."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.rotation.harness.faults import Fault
from tests.rotation.harness.ledgers import CREDENTIAL, ledger
from tests.rotation.harness.play import Played, play
from tests.rotation.harness.schedules import Schedule
from tests.rotation.harness.settings import SETTINGS
from tests.rotation.harness.vendors import MINTERS
from tests.rotation.mutants.chosen import where

TRAITS = {each.name: each for each in MINTERS}
_BACK, _EDIT = "the old key again in place 0", "another field of place 0 is edited"
_LAGS, _CORRUPTS, _NEVER = "a list that lags", "stores that corrupt", "a mirror that does not follow"

Around = Mapping[tuple[str, int], str | Fault]
"""By a call's name and how far from its first one: what becomes of it, or what somebody does right before it."""

WENT_WRONG: tuple[tuple[str, str, int, str, Around, tuple[int, ...]], ...] = (
    ("a promotion landed after the abort, on a removed key", "twilio", 1, "plain",
     {("PROMOTE", 0): Fault.LATE, ("PROMOTE", 1): "abort"}, ()),
    ("a place that had become live unnoticed had no way out", "twilio", 1, "plain",
     {("PROMOTE", 0): "abort"}, ()),
    ("a key that was not listed yet was left at its vendor", "gcp", 2, _LAGS, {("MINT", 2): Fault.KILLED_AFTER}, ()),
    ("a store that corrupts was written for ever", "twilio", 1, _CORRUPTS, {}, ()),
    ("the way back lost what a person had edited", "twilio", 1, "plain",
     {("RELOAD", 3): _EDIT, ("RELOAD", 6): "rollback"}, ()),
    ("other bytes were staged under a token that was used", "twilio", 1, "plain",
     {("STAGE", 0): Fault.AFTER, ("STAGE", 2): _EDIT}, ()),
    ("an old key that was off without an answer was called dead", "elevenlabs", 2, "plain",
     {("OFF", 0): Fault.AFTER, ("OFF", 1): "rollback"}, ()),
    ("the slot of a place that was left to a person stayed full", "twilio", 1, "plain",
     {("RELOAD", 5): _BACK}, (1,)),
    ("it was done, and a place held the old key that was gone", "twilio", 1, "plain", {("UNMAKE", 0): _BACK}, (0,)),
    ("one process removed the key that the other had made live", "openai", 2, "plain",
     {("list", 0): "a second process, to its end"}, ()),
    ("a mirror that never followed kept a rotation for ever", "twilio", 2, _NEVER, {}, ()),
    ("there was no way back to a dead key, and none forward", "twilio", 1, "the old key dead",
     {("PROMOTE", 0): "rollback"}, ()),
    ("a person's second token was promoted over ours, which was live", "auth token", 1, "plain",
     {("UNMAKE", 0): Fault.AFTER, ("UNMAKE", 2): "a person makes a key"}, ()),
    ("the same, by a process that came after one that had promoted ours", "auth token", 1, "plain",
     {("UNMAKE", 0): Fault.KILLED_AFTER, ("UNMAKE", 1): "a person makes a key"}, ()),
)  # fmt: skip


def played(schedule: Schedule) -> Played:
    with ledger() as known:
        return play(schedule, known, CREDENTIAL)


@pytest.mark.parametrize(
    ("traits", "places", "setting", "around", "choices"),
    [row[1:] for row in WENT_WRONG],
    ids=[row[0] for row in WENT_WRONG],
)
def test_what_once_went_wrong_goes_well(
    traits: str, places: int, setting: str, around: Around, choices: tuple[int, ...]
) -> None:
    calls = played(Schedule(TRAITS[traits], places, setting=SETTINGS[setting])).calls
    numbered = {where(calls, word) + after: what for (word, after), what in around.items()}
    plan = {number: what for number, what in numbered.items() if isinstance(what, Fault)}
    acts = {number: what for number, what in numbered.items() if not isinstance(what, Fault)}

    assert played(Schedule(TRAITS[traits], places, plan, acts, SETTINGS[setting], choices)).wrong == []
