"""What the on-call is told of a rotation: a line for each step that counts; a stop is a message of its own."""

from __future__ import annotations

from datetime import datetime

from credwatch.ledger.journal import Milestone
from credwatch.model import Facts, Level
from credwatch.model.rotating import Rotation, State, Turn
from credwatch.rotation.claiming import unanswered
from credwatch.rotation.run import ASKS, SERIES, Run
from credwatch.rotation.stops import named, stopped

_SAID = {
    State.CREATED: ("made", Level.WARNING, "made {new}"),
    State.VERIFIED: ("stored", Level.WARNING, "stored and tried"),
    State.PROMOTED: ("live", Level.WARNING, "live in {places}"),
    State.GRACE: ("grace", Level.WARNING, "both keys live until {until}"),
    State.DONE: ("done", Level.RESOLVED, "{done}"),
    State.ABORTED: ("aborted", Level.RESOLVED, "aborted: {why}; {kept}"),
    State.ROLLED_BACK: ("rolled_back", Level.RESOLVED, "rolled back: {back}{more}"),
}
_UNREAD = Milestone("unread", words="no reader is configured, so nobody was told to load it")
_STEPS = {"switched off": "the old key {old} is switched off", "revoked": "the old key {old} is revoked"}
_OWN_WORDS = frozenset({"", "aborted", "rolled back"})
"""Details that say no more than the state."""


def milestones(run: Run, turn: Turn) -> tuple[Milestone, ...]:
    """What is told of this turn; most turns are not."""
    if turn.to is State.NEEDS_OPERATOR:
        return (stopped(run, turn),)
    if turn.to is State.REJECTED:
        told = Milestone("rejected", Level.RESOLVED, f"not begun: {turn.detail}")
        return (told,) if run.rotation.automatic else ()
    if turn.to in _SAID:
        name, level, words = _SAID[turn.to]
        # what is done again is said again
        time = _time(run.rotation)
        again = "" if time == "1" or level is Level.RESOLVED else f":{time}"
        if turn.to is State.GRACE and "bounces" in turn.changes:
            again = f":{time}.{turn.changes['bounces']}"
        unread = (_UNREAD,) if turn.to is State.GRACE and not run.world.readers else ()
        return (Milestone(f"{name}{again}", level, words.format(**_words(run, turn))), *unread)
    return _between(run, turn)


def _between(run: Run, turn: Turn) -> tuple[Milestone, ...]:
    """What is told of a turn that comes to no new state of which all are told."""
    rotation, old = run.rotation, named(run.rotation.old)
    if turn.to is State.PLANNED and "attempt" in turn.changes:
        return (Milestone(f"again:{rotation.attempt}", words=f"{_lost(rotation)}, and another is made"),)
    if turn.detail == ASKS:
        words = f"May the old key {old} be revoked? `credwatch rotations revoke cw-{rotation.id}`"
        return (Milestone(f"asks:{run.now:%Y-%m-%d}", words=words),)
    if _counts(turn):
        words = _STEPS[turn.detail].format(old=old) if turn.detail in _STEPS else turn.detail
        return (Milestone(f"{turn.detail[:60]}:{_time(rotation)}", words=words),)
    return ()


def _time(rotation: Rotation) -> str:
    """Which time it is that something is done: another one with each attempt, and after each decision of a person."""
    decisions = rotation.bounces // SERIES
    return f"{rotation.attempt}.{decisions}" if decisions else str(rotation.attempt)


def _lost(rotation: Rotation) -> str:
    """What became of the attempt before."""
    if rotation.renews:
        return "what the program printed is lost" if rotation.new_fp else f"nothing came of it: {rotation.reason}"
    return f"nobody has {named(rotation.new)}: it is removed" if rotation.new_fp else "no key came of the create"


def _counts(turn: Turn) -> bool:
    """Neither one place of several, nor a step before anything is live."""
    return bool(turn.detail) and turn.to is not State.STAGED and (turn.to is not None or turn.targets is None)


def _words(run: Run, turn: Turn) -> dict[str, str]:
    rotation = run.rotation
    new = turn.changes.get("new", rotation.new)
    until = turn.changes.get("grace_until")
    places = len(rotation.targets if rotation.turns else rotation.written)
    why = rotation.reason or ("" if turn.detail in _OWN_WORDS else turn.detail)
    return {
        "new": named(new) if isinstance(new, Facts) else "",
        "old": named(rotation.old),
        "places": f"{places} of {places} place{'s' if places != 1 else ''}",
        "until": f"{until:%a %-d %b %H:%M} UTC" if isinstance(until, datetime) else "",
        "more": "" if turn.detail in _OWN_WORDS else f"; {turn.detail}",
        "why": why or "a person asked for it",
        "kept": _kept(run),
        "back": _back(rotation),
        "done": turn.detail,
    }


def _back(rotation: Rotation) -> str:
    """What its places hold again, and which of them do not."""
    if len(rotation.theirs) == len(rotation.targets):
        return f"as a person left it: {', '.join(rotation.theirs)}"
    return f"every place holds the old key {named(rotation.old)} again{rotation.but}"


def _kept(run: Run) -> str:
    """What is left as it was; and what a create that got no answer may have left, where no list shows it."""
    old = "the old key is as dead as before" if run.rotation.replaces_dead else "the old key works as before"
    if run.world.exchanges and unanswered(run):
        return f"{old}. A second one may be left over at its vendor: delete it there, if nobody else made it"
    return old
