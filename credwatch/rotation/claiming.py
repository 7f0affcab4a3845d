"""Keys at the vendor that may be ours where none bears a mark: made since we asked for one, never used, known to nobody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from credwatch.model import Facts, Listed
from credwatch.model.rotating import ENDED, Phase, Step, Target
from credwatch.rotation.run import Run, marked, there

_SKEW = timedelta(minutes=1)
"""The vendor's clock may be behind ours by so much."""
_SOON = timedelta(minutes=5)
"""What was made later than this after our intent may as well be somebody's: a person is asked."""
_LATEST = timedelta(hours=2)
"""So late a create that got no answer may be carried out; what was made later still is none of ours."""


def fresh(run: Run, keys: Iterable[Listed]) -> list[Facts]:
    """The keys that were not there before, whatever our clock says: with our mark, where keys are marked; else by whomever."""
    rotation = run.rotation
    found = [one.facts for one in keys if one.facts.key_id not in rotation.snapshot and not placed(run, one.facts)]
    if run.world.marks:
        return [key for key in found if marked(rotation, key)]
    return found


def placed(run: Run, key: Facts) -> tuple[str, ...]:
    """The places that hold it as far as the watch knows: it is not lost, whoever made it."""
    return run.journal.placed(key.key_id) if key.key_id is not None else ()


def unsettled(run: Run) -> bool:
    """Whether a place holds a key of which we know nothing: any key without an owner may be that one."""
    return any(_strange(run, target) for target in run.rotation.written)


def _strange(run: Run, target: Target) -> bool:
    """Whether it holds a key that is none of those we know; one that was deleted holds nothing."""
    known = {run.rotation.old_fp, run.rotation.new_fp, target.base_fp, ""}
    seen = there(run, target)
    return seen is not None and seen.fingerprint not in known


def surely(run: Run, key: Facts) -> bool:
    """Whether it is ours: by its mark, or because it was made right after our intent."""
    if run.world.marks:
        return True
    since = run.rotation.intent_at
    return key.created is None or (since is not None and since - _SKEW <= key.created <= since + _SOON)


def asked(keys: Iterable[Facts]) -> str:
    """Why a person has to say whose they are."""
    return f"keys that may be ours, or are used: {', '.join(key.key_id or '?' for key in keys)}"


def perhaps_ours(run: Run) -> list[Facts]:
    """After the end, where nothing is marked: what a create that got no answer may have made since. Nobody may delete it unasked."""
    rotation, world = run.rotation, run.world
    if rotation.state not in ENDED or world.minter is None or world.marks or world.exchanges:
        return []
    sent = unanswered(run)
    if not sent:
        return []
    known = rotation.snapshot | {rotation.new.key_id, rotation.old.key_id}
    found = [one.facts for one in world.beside(rotation.old) if one.facts.key_id not in known]
    return [key for key in found if key.last_used is None and _then(key, sent) and not _claimed(run, key)]


def unanswered(run: Run) -> list[datetime]:
    """When each create was meant of which nobody knows what became of it."""
    creates = [entry for entry in run.journal.entries(run.rotation.id) if entry.step is Step.MINT]
    last = {entry.key: entry.phase for entry in creates}
    open_ = {key for key, phase in last.items() if phase in {Phase.INTENT, Phase.UNKNOWN}}
    return [entry.at for entry in creates if entry.phase is Phase.INTENT and entry.key in open_]


def listed(run: Run, key_id: str) -> Facts | None:
    """That one of them."""
    return next((key for key in perhaps_ours(run) if key.key_id == key_id), None)


def _then(key: Facts, sent: Iterable[datetime]) -> bool:
    return key.created is not None and any(at - _SKEW <= key.created <= at + _LATEST for at in sent)


def _claimed(run: Run, key: Facts) -> bool:
    """Whether a place holds it, or another rotation made it."""
    return key.key_id is None or run.journal.claimed(key.key_id)
