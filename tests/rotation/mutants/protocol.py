"""Broken versions of the protocol: each one text of the product that says something else."""

from __future__ import annotations

from dataclasses import dataclass

_ROTATION, _STEPS, _JOURNAL = "rotation", "rotation/steps", "ledger/journal"


@dataclass(frozen=True)
class Mutant:
    """One rule that is not kept."""

    name: str
    file: str
    """Under credwatch/."""
    old: str
    new: str
    survives: str = ""
    """Why nothing shows it; empty: it is caught."""


MUTANTS = (
    Mutant(
        "no intent",
        f"{_ROTATION}/run.py",
        "        entry = self.journal.intent(self.rotation, step, place, self.now)\n",
        '        return change(f"{self.rotation.id}/{self.rotation.attempt}/{self.rotation.bounces}/{step}/{place}")\n',
    ),
    Mutant(
        "the intent after the effect",
        f"{_ROTATION}/run.py",
        "        entry = self.journal.intent(self.rotation, step, place, self.now)\n",
        '        done = change(f"{self.rotation.id}/{self.rotation.attempt}/{self.rotation.bounces}/{step}/{place}")\n'
        "        self.journal.intent(self.rotation, step, place, self.now)\n        return done\n",
    ),
    Mutant(
        "the oldest key is deleted to make room",
        f"{_STEPS}/preparing.py",
        'return needs(run, Trouble.LIMIT, f"the vendor allows {world.limit} keys, and they are there: {shown}")',
        "oldest = min(keys, key=lambda key: key.created or run.now)\n"
        "        run.effect(Step.REMOVE, lambda _: world.revoke(oldest))\n        return waits(run, shown)",
    ),
    Mutant(
        "a place is promoted whatever key is in it",
        f"{_STEPS}/promoting.py",
        "    if seen.fingerprint not in {target.base_fp, rotation.new_fp}:\n        return stranger(run, target, seen)\n",
        "",
        survives="a third key is a new version too: it is staged again, and staging looks which key is there",
    ),
    Mutant(
        "a place is promoted whatever its version is",
        f"{_STEPS}/promoting.py",
        "    if seen.version != target.base_version:\n",
        "    if seen.version == 'never':\n",
    ),
    Mutant(
        "nothing is verified",
        f"{_STEPS}/staging.py",
        'return Turn(State.STAGED, changes={"reason": ""}, detail="stored")',
        'return Turn(State.VERIFIED, changes={"reason": ""}, detail="stored")',
    ),
    Mutant(
        "it is verified from memory instead of the store",
        f"{_STEPS}/staging.py",
        "    seen = run.world.look_staged(target, staged)\n",
        "    seen = Seen(staged.version, run.rotation.new_fp, run.minted.values, None) if run.minted else "
        "run.world.look_staged(target, staged)\n",
    ),
    Mutant("revoked before grace has passed", f"{_STEPS}/keeping.py", "    if run.now < until:\n", "    if False:\n"),
    Mutant(
        "switched off without a look at the places",
        f"{_STEPS}/retiring.py",
        "        if turn := needed(run):\n            return turn\n        if not old.disabled:",
        "        if not old.disabled:",
    ),
    Mutant(
        "revoked without a look at the places",
        f"{_STEPS}/retiring.py",
        "            return needed(run) or _unmake(run)",
        "            return _unmake(run)",
    ),
    Mutant(
        "recovery trusts the journal",
        f"{_STEPS}/creating.py",
        "        return lost(run) or again(run)",
        "        return again(run)",
    ),
    Mutant("a create is sent again blindly", f"{_STEPS}/creating.py", "    if not run.calls:\n", "    if False:\n"),
    Mutant(
        "no snapshot",
        f"{_STEPS}/preparing.py",
        'changes["snapshot"] = frozenset(key.key_id for key in keys if key.key_id)',
        'changes["snapshot"] = frozenset()',
    ),
    Mutant(
        "a mark is not checked",
        f"{_STEPS}/creating.py",
        "        return [key for key in fresh if marked(rotation, key)]",
        "        return fresh",
    ),
    Mutant(
        "the first of several candidates is taken",
        f"{_STEPS}/creating.py",
        "    if len(ours) > 1 or any(",
        "    if any(",
    ),
    Mutant(
        "a candidate in use is removed",
        f"{_STEPS}/creating.py",
        "    if len(ours) > 1 or any(key.last_used is not None for key in ours):",
        "    if len(ours) > 1:",
    ),
    Mutant(
        "a late create is not waited for",
        f"{_STEPS}/creating.py",
        "    return Turn(at=since + LATE) if run.now - since < LATE else None",
        "    return None",
    ),
    Mutant(
        "a value in the detail of an effect",
        f"{_ROTATION}/run.py",
        '        self.journal.outcome(entry, Phase.DONE, "", self.now)',
        '        said = [value.reveal() for value in self.minted.values.values()] if self.minted else [""]\n'
        "        self.journal.outcome(entry, Phase.DONE, said[-1], self.now)",
    ),
    Mutant(
        "a value in a column",
        f"{_STEPS}/creating.py",
        '"created_at": run.now, "reason": ""}\n    return Turn(State.CREATED, changes=changes, detail="made")',
        '"created_at": run.now, "reason": minted.values["secret"].reveal()}\n'
        '    return Turn(State.CREATED, changes=changes, detail="made")',
    ),
    Mutant(
        "a value in what is told",
        f"{_STEPS}/creating.py",
        'return Turn(State.CREATED, changes=changes, detail="made")',
        'return Turn(State.CREATED, changes=changes, detail=minted.values["secret"].reveal())',
    ),
    Mutant(
        "staged again for ever",
        f"{_STEPS}/staging.py",
        "    if run.rotation.bounces % SERIES >= BOUNCES:\n",
        "    if False:\n",
    ),
    Mutant(
        "what a store gives back is looked at only later",
        f"{_STEPS}/staging.py",
        "        if seen is None and target.state is PlaceState.STAGED:\n",
        "        if False:\n",
    ),
    Mutant(
        "made again for ever",
        f"{_STEPS}/preparing.py",
        "if rotation.creates >= CREATES else",
        "if False else",
    ),
    Mutant(
        "waited for ever",
        f"{_ROTATION}/run.py",
        "    if rotation.tries >= PATIENCE:\n",
        "    if False:\n",
    ),
    Mutant(
        "a person's key is staged over",
        f"{_STEPS}/staging.py",
        "        if seen.fingerprint not in {one.base_fp, rotation.new_fp}:\n            return stranger(run, one, seen)\n",
        "",
        survives="what is staged is promoted only after one more look, which finds the same key",
    ),
    Mutant(
        "other bytes under the same token",
        f"{_STEPS}/staging.py",
        "    if base.version != target.base_version:\n",
        "    if False:\n",
    ),
    Mutant(
        "a person's decision begins the tokens anew",
        f"{_ROTATION}/run.py",
        "    return (rotation.bounces // SERIES + 1) * SERIES",
        "    return 0",
    ),
    Mutant(
        "an attempt has no number",
        f"{_STEPS}/creating.py",
        '"attempt": run.rotation.attempt + 1',
        '"attempt": run.rotation.attempt',
    ),
    Mutant(
        "a key that is refused is promoted",
        f"{_STEPS}/staging.py",
        '        if said.validity is not Validity.VALID:\n            return waits(run, f"{target.place}: cannot tell whether',
        '        if False:\n            return waits(run, f"{target.place}: cannot tell whether',
    ),
    Mutant(
        "a young key is useless at once",
        f"{_ROTATION}/run.py",
        "SETTLES = timedelta(minutes=5)",
        "SETTLES = timedelta(0)",
    ),
    Mutant(
        "pending slots are left",
        f"{_STEPS}/retiring.py",
        "        if not target.mirror and discarded(run, target):\n",
        "        if False:\n",
    ),
    Mutant(
        "somebody else's slot is emptied",
        f"{_ROTATION}/run.py",
        "    if staged is None or not staged.mark.startswith(run.rotation.marks):\n",
        "    if staged is None:\n",
    ),
    Mutant(
        "the new key is removed while a place holds it",
        f"{_STEPS}/undoing.py",
        "        return run.world.look(target).fingerprint == run.rotation.new_fp\n",
        "        return False\n",
    ),
    Mutant(
        "a promotion without an answer is not waited for",
        f"{_STEPS}/undoing.py",
        "    if turn := landing(run, Step.PROMOTE,",
        "    if turn := run.paste and landing(run, Step.PROMOTE,",
    ),
    Mutant(
        "a key too young for the list is gone",
        f"{_ROTATION}/run.py",
        "    return Turn(at=run.now + LATE - age) if timedelta(0) <= age < LATE else None\n",
        "    return None\n",
    ),
    Mutant(
        "not switched on again after a soak that failed",
        f"{_STEPS}/retiring.py",
        "        run.effect(Step.ENABLE, lambda _: world.enable(rotation.old))\n        why",
        "        why",
    ),
    Mutant(
        "no soak",
        f"{_STEPS}/retiring.py",
        "    if run.now < until:\n        return Turn(at=min(until, run.now + _LOOK)",
        "    if False:\n        return Turn(at=min(until, run.now + _LOOK)",
    ),
    Mutant(
        "never switched off before",
        f"{_STEPS}/keeping.py",
        "State.DISABLING if run.world.disables else State.REVOKING",
        "State.REVOKING",
    ),
    Mutant(
        "switched off without an answer, and gone back",
        f"{_STEPS}/undoing.py",
        "    if rotation.disabled_at is None and run.journal.last(rotation, Step.DISABLE) is None:\n",
        "    if rotation.disabled_at is None:\n",
    ),
    Mutant(
        "back to a dead key",
        f"{_STEPS}/reverting.py",
        "    if said.validity is Validity.INVALID or former.fingerprint != target.base_fp:\n",
        "    if said.validity is Validity.INVALID:\n        return None\n    if former.fingerprint != target.base_fp:\n",
    ),
    Mutant(
        "gone back over what a person wrote",
        f"{_STEPS}/reverting.py",
        "    if now.version != target.promoted_version:\n        return _onto(run, target, now)\n    if target.pending_version",
        "    target = type(target)(**{**vars(target), 'promoted_version': now.version})\n    if target.pending_version",
    ),
    Mutant(
        "the new key goes without time for its readers",
        f"{_STEPS}/undoing.py",
        "    if run.now < rotation.soak_until:\n",
        "    if False:\n",
    ),
    Mutant(
        "a wish is not heard",
        f"{_ROTATION}/engine.py",
        "    step = undo if run.rotation.wish is not None else STEPS[run.rotation.state]\n",
        "    step = STEPS[run.rotation.state]\n",
    ),
    Mutant(
        "a pause is not heard",
        f"{_ROTATION}/engine.py",
        " and not rotation.paused",
        "",
    ),
    Mutant(
        "a late create is forgotten",
        f"{_STEPS}/retiring.py",
        "    return _late(run)\n",
        "    return None\n",
    ),
    Mutant(
        "nothing is looked at after the end",
        f"{_ROTATION}/tidying.py",
        "    if rotation.state not in ENDED:\n",
        "    if rotation.state in ENDED:\n",
    ),
    Mutant(
        "mirrors are written",
        f"{_ROTATION}/run.py",
        "for one in rotation.written if one.state in {PlaceState.WAITING, PlaceState.STAGED})",
        "for one in rotation.targets if one.state in {PlaceState.WAITING, PlaceState.STAGED})",
    ),
    Mutant(
        "readers are not told",
        f"{_STEPS}/promoting.py",
        "works_everywhere(run) or _mirrored(run) or tell(run)",
        "works_everywhere(run) or _mirrored(run)",
    ),
    Mutant(
        "readers are not told of the way back",
        f"{_STEPS}/undoing.py",
        "    if turn := tell(run):\n",
        "    if turn := None:\n",
    ),
    Mutant(
        "nobody is asked",
        f"{_STEPS}/keeping.py",
        "    if rotation.confirmed_by or rotation.revoke is Revoke.GRACE:\n",
        "    if True:\n",
    ),
    Mutant(
        "the old key goes though a place was left to a person",
        f"{_STEPS}/retiring.py",
        "    return any(target.state is PlaceState.LEFT for target in run.rotation.targets)\n",
        "    return False\n",
    ),
    Mutant(
        "done without a last look",
        f"{_STEPS}/retiring.py",
        "    return clear(run) or works_everywhere(run) or Turn(",
        "    return clear(run) or Turn(",
    ),
    Mutant(
        "an effect of one who was overtaken",
        f"{_JOURNAL}/page.py",
        "            keeping.still(db, rotation)\n",
        "",
    ),
    Mutant(
        "a move of one who was overtaken",
        f"{_JOURNAL}/keeping.py",
        "    if done.rowcount != 1:\n",
        "    if False:\n",
    ),
    Mutant(
        "the end of the chain is not known",
        f"{_JOURNAL}/chain.py",
        '        (_HEAD, f"{seq}:{digest}"),\n',
        "        (_HEAD, f\"{seq}:{last['hash']}\"),\n",
    ),
)
