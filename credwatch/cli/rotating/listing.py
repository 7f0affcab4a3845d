"""rotations: what is under way and the last ones, each with its evidence, and the word that an old key may go."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime

import click

from credwatch.cli.answering import who
from credwatch.cli.app import App, json_option
from credwatch.cli.phrases import at
from credwatch.cli.render import Column, aligned, document, fitted, say, table, wrapped
from credwatch.cli.rotating.going import going_on
from credwatch.cli.rotating.opening import by_option, workshop
from credwatch.cli.rotating.standing import stands
from credwatch.cli.rotating.telling import name, seen
from credwatch.cli.rotating.words import Word
from credwatch.ledger.journal import Journal
from credwatch.ledger.queries.rotating import stop_of
from credwatch.model.rotating import ENDED, Entry, Phase, PlaceState, Rotation, State, Step, Target
from credwatch.rotation.confirming import confirm

_LAST = 20
_LABEL = "  {:<9}"
_STEPS = {
    Step.MINT: "make the new key",
    Step.STAGE: "store beside",
    Step.PROMOTE: "make live",
    Step.RELOAD: "tell",
    Step.SUNSET: "give the old key an end",
    Step.DISABLE: "switch the old key off",
    Step.ENABLE: "switch the old key on",
    Step.REVOKE: "revoke the old key",
    Step.REMOVE: "remove a new key that nobody uses",
    Step.DISCARD: "empty the pending slot",
    Step.REVERT: "put the former value back",
    Step.CHOOSE: "a person chose",
    Step.MOVE: "",
}
_PLACES = {
    PlaceState.WAITING: "holds the old key",
    PlaceState.STAGED: "holds the old key; the new one lies beside",
    PlaceState.PROMOTED: "holds the new key",
    PlaceState.LEFT: "was left to what a person wrote",
    PlaceState.REVERTED: "holds the old key again",
}


@click.group("rotations", invoke_without_command=True)
@json_option
@click.pass_context
def rotations_command(ctx: click.Context, *, as_json: bool) -> None:
    """What is under way, and the last ones. show ID: its evidence; revoke ID: the old key may go."""
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, as_json=as_json)


def _list(app: App, *, as_json: bool) -> None:
    now = app.now()
    with app.ledger(read_only=True) as ledger:
        journal = Journal(ledger)
        active = journal.active()
        known = {one.id for one in active}
        rows = [*active, *(one for one in journal.recent(_LAST) if one.id not in known)]
        paused = journal.paused_all()
    if as_json:
        document({"paused": paused, "rotations": rows})
        return
    if paused:
        say(f"All rotations are paused: {paused}. credwatch unpause")
    if not rows:
        say("No rotation so far. credwatch rotate PLACE --dry-run shows what one would be.")
        return
    cells = [_cells(one, now) for one in rows]
    columns = fitted([Column(title) for title in ("rotation", "begun", "place", "by", "stands")], cells)
    table(columns, cells)


def _cells(rotation: Rotation, now: datetime) -> tuple[str, ...]:
    more = f" +{len(rotation.targets) - 1}" if len(rotation.targets) > 1 else ""
    place = f"{rotation.targets[0].place}{more}" if rotation.targets else rotation.credential
    begun = at(rotation.begun_at, now) if rotation.begun_at else ""
    return (f"cw-{rotation.id}", begun, place, rotation.requested_by, stands(rotation, now))


@rotations_command.command("show")
@click.argument("which", metavar="ID")
@json_option
@click.pass_obj
def _show(app: App, which: str, *, as_json: bool) -> None:
    """The evidence of one: every effect, when it was meant and what came of it."""
    now = app.now()
    with app.ledger(read_only=True) as ledger:
        journal = Journal(ledger)
        rotation = journal.one(which)
        entries = journal.entries(rotation.id)
        stopped = stop_of(ledger, rotation.id) if rotation.state is State.NEEDS_OPERATOR else ()
        whole = journal.verify() is None
    if as_json:
        document({"rotation": rotation, "journal": entries, "stopped": stopped, "chain_whole": whole})
        return
    for line in (*_head(rotation, now), *stopped, "", *_evidence(entries, now), "", *_proof(rotation, entries, now)):
        say(line)
    if not whole:
        say("The chain of the journal is broken: somebody changed it. credwatch doctor")


def _head(rotation: Rotation, now: datetime) -> Iterator[str]:
    why = f": {rotation.reason}" if rotation.reason and rotation.state is not State.NEEDS_OPERATOR else ""
    yield f"cw-{rotation.id} · {rotation.kind} · {stands(rotation, now)}{why}"
    begun = f"begun {at(rotation.begun_at, now)}" if rotation.begun_at else ""
    yield from wrapped(_LABEL.format("asked"), [f"by {rotation.requested_by}", begun], indent=11)
    new = f"new {name(rotation.new)}" if rotation.new_fp else "the new one is not made yet"
    yield from wrapped(_LABEL.format("keys"), [f"old {name(rotation.old)}", new], indent=11)
    for number, target in enumerate(rotation.targets):
        yield f"{_LABEL.format('places' if number == 0 else '')}{target.place}  {_holds(rotation, target)}"
    if rotation.confirmed_by and rotation.wish is None and rotation.state not in {State.ABORTED, State.ROLLED_BACK}:
        yield f"{_LABEL.format('revoke')}{rotation.confirmed_by} said that the old key may go"


def _holds(rotation: Rotation, target: Target) -> str:
    if target.mirror:
        return "is waited for: its controller writes it"
    slot_goes = rotation.wish is not None and target.state is PlaceState.STAGED
    return _PLACES[PlaceState.WAITING if slot_goes else target.state]


def _evidence(entries: Sequence[Entry], now: datetime) -> Iterator[str]:
    """One line for each effect, when it was meant and what came of it when, and one for each state."""
    rows: list[tuple[str, ...]] = [("meant", "came", "", "")]
    meant: dict[str, Entry] = {}
    answered = {entry.key for entry in entries if entry.phase is not Phase.INTENT}
    for entry in entries:
        what, at_ = f"{_STEPS[entry.step]} {entry.place}".strip(), _clock(entry.at, now)
        if entry.phase is Phase.INTENT:
            meant[entry.key] = entry
            if entry.key not in answered:
                rows.append((at_, "", what, "its process got no answer"))
        elif entry.step is Step.MOVE:
            rows.append(("", at_, f"→ {entry.detail}", ""))
        else:
            before = _clock(meant[entry.key].at, now) if entry.key in meant else ""
            came = "no answer" if entry.phase is Phase.UNKNOWN else entry.phase.value
            rows.append((before, at_, what, f"{came}{f': {entry.detail}' if entry.detail else ''}"))
    columns = fitted([Column("")] * 4, rows, most=56)
    yield from (f"  {line}" for line in aligned(columns, rows))


def _proof(rotation: Rotation, entries: Sequence[Entry], now: datetime) -> Iterator[str]:
    """What was seen to be true, and when."""
    reached = {entry.detail.partition(":")[0]: entry.at for entry in entries if entry.step is Step.MOVE}
    places = len(rotation.written)
    for state, words in (
        (State.VERIFIED, "the new key worked, as read back from the slot of every place"),
        (State.GRACE, f"the new key worked from {places} of {places} places"),
        (State.DONE, seen(rotation)),
    ):
        if state.value in reached:
            yield f"  {_clock(reached[state.value], now)}  {words}"
    if rotation.state not in ENDED:
        yield f"  Not over yet: {stands(rotation, now)}."


def _clock(moment: datetime, now: datetime) -> str:
    day = "" if moment.date() == now.date() else f"{moment.day} {moment:%b} "
    return f"{day}{moment:%H:%M:%S}"


@rotations_command.command("revoke")
@click.argument("which", metavar="ID")
@click.option("--now", "at_once", is_flag=True, help="Its grace is over: somebody else has the old key.")
@by_option
@json_option
@click.pass_obj
def _revoke(app: App, which: str, *, at_once: bool, given: str | None, as_json: bool) -> int:
    """The old key may go, and goes when its grace has passed. What must hold before is looked at once more."""
    by = who(given, app.environ, os.getuid())
    with workshop(app) as shop:
        with shop.decided(shop.journal.one(which)) as rotation:
            word = Word(by, "revoke", choice=f"the old key may go{' at once' if at_once else ''}")
            with word.of(rotation, shop.ledger, app.now()):
                confirmed = confirm(shop.journal, rotation, by, app.now(), at_once=at_once)
        return going_on(app, shop, confirmed, as_json=as_json)
