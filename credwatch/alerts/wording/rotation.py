"""Messages 6 and 7: how far a rotation is, and that it waits for a person."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from credwatch.alerts.wording.names import title
from credwatch.alerts.words import HEAD, MOST_LINES, Code, Line, Span, When, Words, compose, plain, short
from credwatch.ledger.outbox import Course, Passed
from credwatch.model import NEVER, Revoke
from credwatch.model.rotating import State

_WIDE = 200
"""Characters of what is done that stand in one line."""
_ENDS = (State.DONE, State.REJECTED, State.ABORTED, State.ROLLED_BACK)
_COMMAND = re.compile(r"(?<=[:.] )credwatch [^`]+$")
"""What somebody is told to do, at the end of why something is not done."""
_HERE = "aborted:here"
"""The step of one whose world is gone: what its places hold is not known."""
_LIVE = (State.PROMOTED, State.GRACE, State.CONFIRMING, State.DISABLING, State.REVOKING)
_STANDS: Mapping[State, str] = {
    **dict.fromkeys((State.PLANNED, State.PREPARED), "begun; nothing is changed yet"),
    **dict.fromkeys((State.CREATING, State.CREATED, State.STAGED, State.VERIFIED), "its places hold the old key still"),
    State.PROMOTED: "the new key is live; its readers are told",
    State.GRACE: "the new key is live; the old one is kept",
    State.CONFIRMING: "the new key is live; may the old one be revoked?",
    State.DISABLING: "the new key is live; the old one is switched off first",
    State.REVOKING: "the new key is live; the old one is revoked now",
    State.NEEDS_OPERATOR: "stopped; a person must choose",
    State.DONE: "is complete",
    State.REJECTED: "was not begun",
    State.ABORTED: "was aborted",
    State.ROLLED_BACK: "was rolled back",
}
_BACK = "goes back to the old key"
_UNTOLD = ("grace", "asks", "stopped", "over", "perhaps", "claimed", "stuck")
"""Steps that are said in the thread when they come, and by the message itself as long as they last."""
_THEN: Mapping[str, str] = {
    Revoke.ASK: "Then: it asks here before the old key is revoked.",
    Revoke.PROVED: "Then: the old key is revoked when it is seen to be unused; else it asks here.",
    Revoke.GRACE: "Then: the old key is revoked.",
}


def rotation(course: Course, now: datetime, mention: str = "") -> Words:
    """The message of a rotation as it stands now; that of a stop calls whoever is on call while nobody has chosen."""
    show = f"credwatch rotations show {course.id}"
    if course.stop is not None:
        return _stopped(course, course.stop, mention, show)
    state = State(course.state)
    lines = [
        _ended(course, state),
        *_done(course, state),
        *_perhaps(course),
        *_next(course, state, now),
        _asked(course),
    ]
    return compose(_head(course, state), lines, reference=course.id, rest=show)


def milestone(course: Course, said: Sequence[str]) -> Words:
    """The line in its thread."""
    if any(said):
        return compose(_spans(" · ".join(filter(None, said))), (), reference=course.id)
    if _goes_back(course):
        return compose((_BACK,), (), reference=course.id)
    return compose((_stands(course, State(course.state)),), (), reference=course.id)


def still(course: Course) -> Words:
    """The line in the thread of a stop when nobody has chosen for a day."""
    since: Line = (", since ", When(course.since)) if course.since is not None else ()
    words = f"{course.stop.words}: " if course.stop is not None else ""
    show = Code(f"credwatch rotations show {course.id}")
    return compose((f"Still stopped: rotation of {_name(course)}", *since), [(words, show)], reference=course.id)


def _name(course: Course) -> str:
    return title(course.key) if course.key is not None else short(course.kind)


def _head(course: Course, state: State) -> Line:
    named = f"Rotation of {_name(course)}"
    if _goes_back(course):
        return (f"{named} {_BACK}",)
    if state in _ENDS:
        last = next((one for one in reversed(course.passed) if one.step.startswith(state.value)), None)
        at: Line = (" (", When(last.at), ")") if last is not None else ()
        if state is State.DONE:
            head = f"{named} is complete" + (f": {last.words}" if last is not None and last.words else "")
            return (head, *at) if len(plain((head, *at))) <= HEAD else (head,)
        how = "was ended here only" if last is not None and last.step == _HERE else _stands(course, state)
        return (f"{named} {how}", *at)
    if state is State.GRACE and course.grace_until is not None:
        return (f"{named}: {_STANDS[state]} until ", When(course.grace_until))
    return (f"{named}: {_stands(course, state)}",)


def _stands(course: Course, state: State) -> str:
    """How it stands, where that is more than its state says."""
    if course.live and state in (State.CREATED, State.STAGED, State.VERIFIED):
        return "the new key is live in a part of its places"
    if state is State.CONFIRMING and course.agreed:
        return "the new key is live; the old one may go"
    return _STANDS[state]


def _goes_back(course: Course) -> bool:
    """Whether somebody has said so, and it is on its way."""
    return course.back and State(course.state) not in {*_ENDS, State.NEEDS_OPERATOR}


def _ended(course: Course, state: State) -> Line | None:
    """Why it ended otherwise than it was meant to."""
    words = next((one.words for one in reversed(course.passed) if one.step in {state.value, _HERE}), "")
    if not words or state not in _ENDS or state is State.DONE:
        return None
    said = f"{words[:1].upper()}{words[1:]}"
    said = _COMMAND.sub(r"`\g<0>`", said)
    return _spans(said) if said.endswith("`") else (*_spans(said), ".")  # nothing follows what is to be pasted


def _done(course: Course, state: State) -> Iterator[Line]:
    """What it came to, each with its time, as many in a line as it holds."""
    untold = _UNTOLD if state is State.DONE else (*_UNTOLD, *_ENDS)
    spans: list[Span] = []
    for one in course.passed:
        words = "proved" if one.step == State.DONE.value else one.words
        if words and one.step.partition(":")[0] not in untold:
            if spans and len(plain(tuple(spans))) + len(words) > _WIDE:
                yield tuple(spans)
                spans = []
            spans += [" · " if spans else "Done: ", f"{words} ", When(one.at, "time")]
    if spans:
        yield tuple(spans)


def _next(course: Course, state: State, now: datetime) -> Iterator[Line]:
    if course.paused and state not in _ENDS:
        yield ("It is paused. Go on: ", Code(f"credwatch unpause {course.id}"))
    if _goes_back(course):
        if course.soak_until is not None:
            yield ("Its readers were told; the new key is kept for them until ", When(course.soak_until), ".")
        return
    if state in (State.PROMOTED, State.GRACE) and not (course.replaces_dead or course.turns):
        yield (_then(course), *_by_itself(course, now))
    if state is State.CONFIRMING and not course.agreed:
        yield ("Do: ", Code(f"credwatch rotations revoke {course.id}"), *_by_itself(course, now))
    if state is State.NEEDS_OPERATOR:
        yield ("See: ", Code(f"credwatch rotations show {course.id}"))
    elif state not in _ENDS and state is not State.REVOKING:
        yield _way_back(course, state)


def _way_back(course: Course, state: State) -> Line:
    """The command that undoes it; nothing, where none does."""
    live = course.live or state in _LIVE
    if (course.turns and state not in (State.PLANNED, State.PREPARED)) or (course.replaces_dead and live):
        return ()
    if live:
        until = " until then." if course.renews or course.left else " until it is revoked."
        return ("Back: ", Code(f"credwatch rollback {course.id}"), until)
    return ("Back: ", Code(f"credwatch abort {course.id}"))


def _then(course: Course) -> str:
    """What comes when both keys have lived for long enough."""
    if course.renews:
        return "Then: it is done, and the old one runs out by itself."
    if course.left:
        return "Then: it is done, and the old key is kept, for a place was left to a person."
    if course.agreed:
        return f"Then: the old key is revoked. {short(course.agreed)} said that it may go."
    return _THEN[course.revoke]


def _by_itself(course: Course, now: datetime) -> Line:
    """What becomes of the old key when nobody answers; nothing, where it has no end of its own."""
    ends = course.old_ends
    if course.renews or course.left or course.agreed or course.revoke == Revoke.GRACE or ends is None or ends == NEVER:
        return ()
    if ends <= now:
        return (" It has ended by itself ", When(ends), ".")
    return (" If nobody answers, it ends by itself ", When(ends), ".")


def _perhaps(course: Course) -> Iterator[Line]:
    """What was found after the end, as long as nobody has said whose it is."""
    claimed = {one.step.partition(":")[2] for one in course.passed if one.step.startswith("claimed:")}
    for one in course.passed:
        what, _, key = one.step.partition(":")
        if what == "perhaps" and key not in claimed:
            yield _spans(one.words)


def _asked(course: Course) -> Line | None:
    by_rule = "wanted by rule" if course.state == State.REJECTED else "begun by rule"
    who = by_rule if course.automatic else f"asked for by {short(course.asked_by)}" if course.asked_by else ""
    why = f'"{short(course.why, 120)}"' if course.why else ""
    return (": ".join(part for part in (who, why) if part),) if who or why else None


def _stopped(course: Course, stop: Passed, mention: str, show: str) -> Words:
    if course.over is not None:
        why = stop.lines[0].removeprefix("Why: ") if stop.lines else ""
        head: Line = (f"Resolved: rotation of {_name(course)} waits for nobody any more (", When(course.over.at), ")")
        chosen: Line = (f"Chosen by {short(course.over.words, 280)}",) if course.over.words else ()
        return compose(head, [chosen, _spans(f"It had stopped: {why}") if why else ()], reference=course.id, rest=show)
    return compose(
        (f"Stopped: rotation of {_name(course)}. {stop.words}",),
        _fitting(stop.lines, show),
        reference=course.id,
        mention=mention,
        rest=show,
    )


def _fitting(lines: Sequence[str], show: str) -> list[Line]:
    """All of them, or the first, and the last two: the way back, and whether it can wait until morning."""
    most = MOST_LINES - 2
    if len(lines) <= most:
        return [_spans(line) for line in lines]
    first, last = lines[: most - 3], lines[-2:]
    more = f"{len(lines) - len(first) - len(last)} more lines: `{show}`"
    return [_spans(line) for line in (*first, more, *last)]


def _spans(line: str) -> Line:
    """A line in which a place or a command stands between backticks."""
    return tuple(Code(part) if number % 2 else part for number, part in enumerate(line.split("`")) if part)
