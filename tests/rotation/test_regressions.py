"""Schedules that once went wrong, each with what was wrong: by the names of the calls, not by their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from credwatch.model.rotating import State, Trouble
from tests.rotation.harness.faults import STORED, Fault
from tests.rotation.harness.ledgers import CREDENTIAL, ledger
from tests.rotation.harness.life import Life
from tests.rotation.harness.play import Played, play
from tests.rotation.harness.scene import Scene
from tests.rotation.harness.schedules import Schedule
from tests.rotation.harness.settings import SETTINGS
from tests.rotation.harness.vendors import MINTERS
from tests.rotation.mutants.chosen import where

TRAITS = {each.name: each for each in MINTERS}
_OWN = "a person's own key in place 0"
_BACK, _EDIT = "the old key again in place 0", "another field of place 0 is edited"
_LAGS, _CORRUPTS, _NEVER = "a list that lags", "stores that corrupt", "a mirror that does not follow"
_STICKS = "slots that stay full"
_ONE = "stores that keep one former version"

Around = Mapping[tuple[str, int], str | Fault | tuple[Fault, str]]
"""By a call's name and how far from its first one: what becomes of it, or what somebody does right before it."""

Row = tuple[str, str, int, str, Around, tuple[int, ...]]
WENT_WRONG: tuple[Row, ...] = (
    ("a promotion landed after the abort, on a removed key", "twilio", 1, "plain",
     {("PROMOTE", 0): Fault.LATE, ("PROMOTE", 1): "abort"}, ()),
    ("a place that had become live unnoticed had no way out", "twilio", 1, "plain",
     {("PROMOTE", 0): "abort"}, ()),
    ("a key that was not listed yet was left at its vendor", "gcp", 2, _LAGS, {("MINT", 2): Fault.KILLED_AFTER}, ()),
    ("a store that corrupts was written for ever", "twilio", 1, _CORRUPTS, {}, ()),
    ("a slot that stays full was emptied for ever", "twilio", 1, _STICKS, {}, ()),
    ("a slot that stays full was emptied for ever on the way back", "twilio", 2, _STICKS, {("PROMOTE", 1): "abort"}, ()),
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
    ("a mirror of a place that was left kept a rotation for ever, when the old key was dead", "twilio", 3, _NEVER,
     {("PROMOTE", 1): _OWN, ("PROMOTE", 2): "a person switches the old key off"}, (1, 1)),
    ("there was no way back to a dead key, and none forward", "twilio", 1, "the old key dead",
     {("PROMOTE", 0): "rollback"}, ()),
    ("a person's second token was promoted over ours, which was live", "auth token", 1, "plain",
     {("UNMAKE", 0): Fault.AFTER, ("UNMAKE", 2): "a person makes a key"}, ()),
    ("the same, by a process that came after one that had promoted ours", "auth token", 1, "plain",
     {("UNMAKE", 0): Fault.KILLED_AFTER, ("UNMAKE", 1): "a person makes a key"}, ()),
    ("a create that landed late was nobody's", "gcp", 1, "plain",
     {("MINT", 0): Fault.VERY_LATE}, ()),
    ("a person's key, made hours after a create that died, was deleted as ours", "gcp", 1, "plain",
     {("MINT", 0): Fault.KILLED_BEFORE, ("MINT", 1): "silence for 5 hours", ("MINT", 21): "a person makes a key"}, ()),
    ("both keys gone on the way back, there was no end", "aws", 1, "plain",
     {("MINT", 57): _BACK, ("MINT", 97): "a person unmakes the old key"}, (5,)),
    ("a reader was told while its item was gone, and not when it was back", "deepgram", 1, "the old key dead",
     {("RELOAD", -2): "the item of place 0 is deleted"}, ()),
    ("a new key that was refused, and removed, still worked for a moment and went live", "openai", 2, "a slow vendor",
     {("MINT", 12): "clock a month ahead"}, ()),
    ("a new key that its readers used was removed, for nobody had its value to write it again", "deepgram", 1, _ONE,
     {("UNMAKE", 0): _OWN}, (0,)),
    ("a key that was made while our clock was a month ahead was left at its vendor", "aws", 1, "plain",
     {("detail", 0): "clock a month ahead", ("MINT", 2): "a second process, 1 turn"}, (3, 0)),
    ("a new token was removed on the way back to one that was told to go", "auth token", 1, "plain",
     {("DISCARD", 1): _OWN, ("DISCARD", 15): "the slot of place 0 is taken"}, ()),
    ("another choice of a person passed for their word that the token was exchanged", "auth token", 1, "plain",
     {("UNMAKE", -1): Fault.KILLED_AFTER, ("UNMAKE", -2): _OWN}, ()),
)  # fmt: skip

_HOW: Mapping[str, Fault] = {
    "got no answer": Fault.AFTER,
    "was its last": Fault.KILLED_AFTER,
    "came late": Fault.LATE,
}
_WHAT: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "an edit": (_EDIT, ()),
    "a key": (_OWN, ()),
    "a key that stays": (_OWN, (1,)),
    "a key, and all the way back": (_OWN, (2,)),
}


def _overwritten() -> Iterator[Row]:
    for how, fault in _HOW.items():
        for what, (act, choices) in _WHAT.items():
            around = {("PROMOTE", 0): (fault, act)}
            yield f"{what}, in the moment of a write that {how}", "deepgram", 1, "plain", around, choices
    for what in ("an edit", "a key"):
        back: Around = {("RELOAD", 1): "rollback", ("RELOAD", 8): (Fault.AFTER, _WHAT[what][0])}
        yield f"{what}, on the way back", "deepgram", 1, "plain", back, ()


OVERWRITTEN = tuple(_overwritten())
"""The store of the first place cannot compare and swap."""
CHOSEN_BACK: tuple[Row, ...] = tuple(
    (f"{act}, overwritten by choice on the way back, {places} places", "deepgram", places, "plain",
     {("RELOAD", 1): "rollback", ("RELOAD", 2): act}, (0, 0))
    for places in (1, 2, 3)
    for act in (f"a person's own key in place {number}" for number in range(places))
)  # fmt: skip
"""On the way back "their change was a mistake" means that the key before stands there again."""


def played(schedule: Schedule) -> Played:
    with ledger() as known:
        return play(schedule, known, CREDENTIAL)


@pytest.mark.parametrize(
    ("traits", "places", "setting", "around", "choices"),
    [row[1:] for row in (*WENT_WRONG, *OVERWRITTEN, *CHOSEN_BACK)],
    ids=[row[0] for row in (*WENT_WRONG, *OVERWRITTEN, *CHOSEN_BACK)],
)
def test_what_once_went_wrong_goes_well(
    traits: str, places: int, setting: str, around: Around, choices: tuple[int, ...]
) -> None:
    calls = played(Schedule(TRAITS[traits], places, setting=SETTINGS[setting])).calls
    numbered = {where(calls, word) + after: what for (word, after), what in around.items()}
    each = [
        (number, one) for number, what in numbered.items() for one in (what if isinstance(what, tuple) else (what,))
    ]
    plan = {number: what for number, what in each if isinstance(what, Fault)}
    acts = {number: what for number, what in each if not isinstance(what, Fault)}

    assert played(Schedule(TRAITS[traits], places, plan, acts, SETTINGS[setting], choices)).wrong == []


@pytest.mark.parametrize("acts", [{}, {"RELOAD": "rollback"}], ids=["on the way", "on the way back"])
@pytest.mark.parametrize("what", STORED)
def test_what_was_written_in_the_same_moment_is_looked_at_again_and_nobody_is_asked(
    what: str, acts: Mapping[str, str]
) -> None:
    plain = played(Schedule(TRAITS["deepgram"], 2)).calls
    others = {where(plain, word) + 1: act for word, act in acts.items()}
    calls = played(Schedule(TRAITS["deepgram"], 2, acts=others)).calls
    overtaken = {number: Fault.OVERTAKEN for number, call in enumerate(calls, 1) if call.startswith(what)}

    came = played(Schedule(TRAITS["deepgram"], 2, overtaken, others))

    assert (came.wrong, came.offered) == ([], ())
    assert came.rotation.state is (State.ROLLED_BACK if acts else State.DONE)


@pytest.mark.parametrize(("fails", "stops"), [(1, 0), (2, 0), (3, 1)])
def test_a_reader_is_told_three_times_however_long_its_places_were_waited_for(fails: int, stops: int) -> None:
    behind = Schedule(TRAITS["twilio"], 2, setting=SETTINGS["a mirror, an hour behind"])
    told = where(played(behind).calls, "RELOAD")
    once = replace(behind, plan={told: Fault.BEFORE})
    twice = replace(behind, plan={told: Fault.BEFORE, (again := again_told(once, told)): Fault.BEFORE})
    last = again_told(twice, again)
    plans = {told: Fault.BEFORE, again: Fault.BEFORE, last: Fault.BEFORE}

    came = played(replace(behind, plan=dict(list(plans.items())[:fails])))

    assert (came.wrong, len(came.offered), came.rotation.state) == ([], stops, State.DONE)


def again_told(schedule: Schedule, after: int) -> int:
    """The number of the call by which the reader is told once more."""
    calls = played(schedule).calls
    return after + 1 + next(number for number, call in enumerate(calls[after:]) if call.startswith("RELOAD"))


def test_what_an_earlier_attempt_left_does_not_cost_the_next_one_its_key() -> None:
    mint = where(played(Schedule(TRAITS["twilio"], 1)).calls, "MINT")
    late, silence = {mint: Fault.VERY_LATE}, {mint + 6: "silence for 5 hours"}

    again = played(Schedule(TRAITS["twilio"], 1, late, silence))

    assert (again.wrong, again.rotation.state, again.rotation.creates) == ([], State.DONE, 2)


@pytest.mark.parametrize("after", range(1, 8, 2))
def test_an_old_key_that_somebody_switched_on_again_stays_on_until_a_person_says_otherwise(after: int) -> None:
    schedule = Schedule(TRAITS["elevenlabs"], 1)
    off = where(played(schedule).calls, "OFF")

    def switched_on(life: Life) -> None:
        life.scene.old.disabled = False

    with ledger() as known:
        life = Life(Scene(TRAITS["elevenlabs"], 1), known, CREDENTIAL, {off + after: switched_on})
        while life.rotation.state not in {State.DONE, State.NEEDS_OPERATOR}:
            life.process()
            life.goes_by()

    calls = [call for call in life.scene.faults.calls if call.startswith(("OFF", "UNMAKE"))]
    assert (life.rotation.trouble, len(calls), life.scene.old.disabled) == (Trouble.NEW_FAILS, 1, False)
