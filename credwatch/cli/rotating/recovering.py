"""recover: after the ledger was lost. What rotations left outside is looked for, and each is built anew for a person."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from credwatch.cli.answering import who
from credwatch.cli.app import App, json_option
from credwatch.cli.phrases import head_tail, plural
from credwatch.cli.render import document
from credwatch.cli.rotating.opening import PLANNED, UNSURE, by_option, watching
from credwatch.ledger import Ledger
from credwatch.ledger.journal import Journal
from credwatch.model.rotating import PlaceState, Rotation
from credwatch.rotation.planning import Unplannable
from credwatch.rotation.recovering import Over, rebuilt, recover
from credwatch.rotation.tracing import Trace, Unseen, traces
from credwatch.rotation.working import Workshop

_HOLDS = {
    PlaceState.WAITING: "holds the old key",
    PlaceState.STAGED: "holds the old key; the new one lies beside",
    PlaceState.PROMOTED: "holds the new key",
}


@click.command("recover")
@click.option(
    "--yes", is_flag=True, help="Build the rotations anew that were found. None goes on, or revokes, by itself."
)
@by_option
@json_option
@click.pass_obj
def recover_command(app: App, *, yes: bool, given: str | None, as_json: bool) -> int:
    """Find what lost rotations left: pending slots and marked keys. Nothing is changed outside, with --yes neither.

    It wants a ledger that has seen everything once: credwatch sweep. Exit code 0 when nothing was found but what is over,
    1 when something else was, 3 when not everything could be looked at.
    """
    by = who(given, app.environ, os.getuid()) if yes else "nobody"
    with app.ledger() as ledger:
        if Journal(ledger).complete_sweep() is None:
            app.say("No sweep has listed every provider completely yet, so no key is known: credwatch sweep", err=True)
            return UNSURE
        with watching(app, ledger) as watch, Workshop.of(watch, ledger, writes=False) as shop:
            found, unseen = traces(shop)
            built = _without_the_replaced([(trace, _built(shop, trace, by)) for trace in found])
            kept = [_kept(app, ledger, shop, one) for _, one in built if yes and isinstance(one, Rotation)]
    if as_json:
        plans = [{"rotation": one} if isinstance(one, Rotation) else {"why_not": str(one)} for _, one in built]
        document(
            {
                "found": [{"id": f"cw-{trace.id}", **one} for (trace, _), one in zip(built, plans, strict=True)],
                "unseen": unseen,
            }
        )
    else:
        for line in _lines(built, unseen, kept=len(kept), yes=yes):
            app.say(line)
    return UNSURE if unseen else PLANNED if any(not isinstance(one, Over) for _, one in built) else 0


def _built(shop: Workshop, trace: Trace, by: str) -> Rotation | Unplannable:
    try:
        return rebuilt(shop, trace, by)
    except Unplannable as error:
        return error


def _without_the_replaced(
    built: list[tuple[Trace, Rotation | Unplannable]],
) -> list[tuple[Trace, Rotation | Unplannable]]:
    """An earlier rotation's key that a later one replaces is told of there, as the old one."""
    old = {one.old.key_id for _, one in built if isinstance(one, Rotation)}
    return [
        (trace, one)
        for trace, one in built
        if isinstance(one, Rotation) or not trace.keys or any(key.facts.key_id not in old for key in trace.keys)
    ]


def _kept(app: App, ledger: Ledger, shop: Workshop, rotation: Rotation) -> Rotation:
    ledger.audit(rotation.requested_by, "recover", f"cw-{rotation.id}", detail=rotation.reason, now=app.now())
    return recover(shop, rotation)


def _lines(
    built: list[tuple[Trace, Rotation | Unplannable]], unseen: tuple[Unseen, ...], *, kept: int, yes: bool
) -> Iterator[str]:
    if not built:
        yield "Nothing was found: no pending slot and no key of ours that the ledger does not know."
    for trace, one in built:
        keys = (
            ", ".join(f"{head_tail(key.facts.key_id or '?')} at {key.minter}" for key in trace.keys) or "no marked key"
        )
        yield f"cw-{trace.id}: {keys}; {plural(len(trace.slots), 'pending slot')}"
        if isinstance(one, Over):
            yield f"  {one}"
            continue
        if isinstance(one, Unplannable):
            yield f"  cannot be built anew: {one}"
            continue
        for target in one.targets:
            yield f"  {target.place}  {_HOLDS[target.state]}"
        if yes:
            yield f"  waits for a person now: credwatch rotations show cw-{trace.id}"
            yield f"  credwatch resume cw-{trace.id}  or  credwatch {_back(one)} cw-{trace.id}"
    yield from (f"not looked at: {one.where}: {one.why}" for one in unseen)
    open_ = [one for _, one in built if not isinstance(one, Over)]
    if open_ and not yes:
        yield "Nothing was changed. credwatch recover --yes builds them anew; each then waits for a person."
    elif open_:
        yield f"{plural(kept, 'rotation')} built anew. No old key is revoked before a person says so."


def _back(rotation: Rotation) -> str:
    return "rollback" if any(one.state is PlaceState.PROMOTED for one in rotation.targets) else "abort"
