"""How a rotation goes, as it goes, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from credwatch.cli.app import App
from credwatch.cli.phrases import head_tail
from credwatch.cli.rotating.standing import words
from credwatch.ledger import Ledger
from credwatch.ledger.queries.rotating import stop_of
from credwatch.model import Facts
from credwatch.model.rotating import ENDED, PlaceState, Rotation, State, Turn, Wish

ATTENTION = 1
_STEPS = {
    State.PREPARED: "read everything; nothing is changed yet",
    State.CREATING: "making the new key",
    State.STAGED: "stored beside the old one in every place",
    State.VERIFIED: "works, as read back from every place",
    State.PROMOTED: "live in every place",
    State.GRACE: "its readers were told; both keys live",
    State.CONFIRMING: "may the old key go?",
    State.DISABLING: "the old key is switched off first",
    State.REVOKING: "the old key goes",
    State.DONE: "done",
    State.ABORTED: "aborted",
    State.ROLLED_BACK: "rolled back",
    State.NEEDS_OPERATOR: "stopped",
    State.REJECTED: "not begun",
}


def progress(app: App) -> Callable[[Rotation, Turn], None]:
    """A line for each turn that came to something."""
    last = [""]

    def said(rotation: Rotation, turn: Turn) -> None:
        words = "; ".join(_of(rotation, turn))
        if words and words != last[0]:
            last[0] = words
            app.say(f"  {_now(app):%H:%M:%S}  {words}")

    return said


def _of(rotation: Rotation, turn: Turn) -> Iterator[str]:
    match turn.to:
        case None:
            if turn.detail and turn.detail != "asks":
                yield turn.detail
            elif turn.at is not None and rotation.reason and rotation.tries:
                yield f"waits: {rotation.reason}"
        case State.CREATED:
            yield f"made {name(rotation.new)}" if turn.detail == "made" else f"again: {rotation.reason}"
        case State.PLANNED:
            yield f"again from the beginning, attempt {rotation.attempt}"
        case State.GRACE if not rotation.consumers:
            yield "no reader is configured, so nobody was told; both keys live"
        case State.NEEDS_OPERATOR | State.REJECTED | State.ABORTED:
            yield f"{_STEPS[turn.to]}: {turn.detail or rotation.reason}"
        case _:
            yield _STEPS[turn.to]


def ended(ledger: Ledger, rotation: Rotation, *, stopped: bool) -> tuple[list[str], int]:
    """How it stands when we leave it, what comes next, and the exit code."""
    whole = f"cw-{rotation.id}"
    if rotation.state is State.NEEDS_OPERATOR:
        return [f"{whole} has stopped. A person must choose.", *stop_of(ledger, rotation.id)], ATTENTION
    if rotation.state not in ENDED:
        return [*_under_way(rotation, stopped=stopped)], ATTENTION if rotation.paused else 0
    said = {
        State.DONE: f"{whole} is complete: {seen(rotation)}.",
        State.REJECTED: f"Refused: {rotation.reason}",
        State.ABORTED: f"{whole} was aborted: {rotation.reason or 'as asked'}{_hold(rotation)}.",
        State.ROLLED_BACK: f"{whole} was rolled back: its places hold the old key again{rotation.but}.",
    }[rotation.state]
    wanted = rotation.state in {State.DONE, State.ROLLED_BACK}
    return [said], 0 if wanted else ATTENTION


def _hold(rotation: Rotation) -> str:
    """Nothing of what is not known, as of one that was ended here only."""
    live = any(one.state is PlaceState.PROMOTED for one in rotation.targets)
    return "" if live else f". Its places hold the old key{rotation.but}"


def seen(rotation: Rotation) -> str:
    """What was seen to be true when it was done."""
    return rotation.reason.replace("the new one", "the new key", 1)


def _under_way(rotation: Rotation, *, stopped: bool) -> Iterator[str]:
    whole = f"cw-{rotation.id}"
    if rotation.paused:
        yield f"{whole} is paused{_held(rotation)}. credwatch unpause {whole}"
        return
    yield _where(rotation, whole)
    if stopped:
        yield "Left. The daemon goes on with it, or: credwatch rotate --due"
    elif rotation.state is State.CONFIRMING and not rotation.confirmed_by:
        yield "Both keys work until then."
    elif rotation.next_try_at is not None:
        when = "then" if rotation.state is State.GRACE else f"at {day(rotation.next_try_at)}"
        yield f"The daemon goes on {when}, or: credwatch rotate --due"
    if (
        rotation.wish is None
        and not (rotation.replaces_dead or rotation.turns)
        and rotation.state is not State.REVOKING
    ):
        live = any(one.state is PlaceState.PROMOTED for one in rotation.targets)
        yield f"Back: credwatch {'rollback' if live else 'abort'} {whole}"


def _held(rotation: Rotation) -> str:
    """What was said, and is not done before it goes on."""
    if rotation.wish is not None:
        how = "left" if rotation.wish is Wish.ABORT else "taken back"
        return f": it is to be {how}, and is only when it goes on"
    return ": its old key may go, and goes only when it goes on" if rotation.confirmed_by else ""


def _where(rotation: Rotation, whole: str) -> str:
    if rotation.wish is not None:
        if rotation.soak_until is not None:
            return f"{whole} goes back; the new key is kept for its readers until {day(rotation.soak_until)}."
        way = "is left" if rotation.wish is Wish.ABORT else "goes back to the old key"
        return f"{whole} {way}, and waits{f': {rotation.reason}' if rotation.tries else ''}."
    if rotation.state is State.CONFIRMING and not rotation.confirmed_by:
        return f"The new key is live. May the old one go? credwatch rotations revoke {whole}"
    if rotation.state is State.GRACE and rotation.grace_until is not None:
        then = f", and goes then: {rotation.confirmed_by} said so" if rotation.confirmed_by else ""
        return f"The new key is live; the old one is kept until {day(rotation.grace_until)}{then}."
    return f"{whole} is {words(rotation.state)}{f': {rotation.reason}' if rotation.reason else ''}."


def name(key: Facts) -> str:
    """A key by what is public of it."""
    return head_tail(key.key_id) if key.key_id else key.name or "?"


def day(moment: datetime | None) -> str:
    """A moment, for somebody who may be elsewhere."""
    if moment is None:
        return "?"
    moment = moment.astimezone(UTC)
    return f"{moment:%a} {moment.day} {moment:%b %H:%M} UTC"


def _now(app: App) -> datetime:
    return app.now().astimezone(UTC)
