"""Until the new key is live: how it is made, kept, laid and tried."""

from __future__ import annotations

from tests.rotation.mutants.mutant import ROTATION, STEPS, Mutant

MAKING = (
    Mutant(
        "no intent",
        f"{ROTATION}/run.py",
        "        entry = self.journal.intent(self.rotation, step, place, self.now)\n",
        '        return change(f"{self.rotation.id}/{self.rotation.attempt}/{self.rotation.bounces}/{step}/{place}")\n',
    ),
    Mutant(
        "the intent after the effect",
        f"{ROTATION}/run.py",
        "        entry = self.journal.intent(self.rotation, step, place, self.now)\n",
        '        done = change(f"{self.rotation.id}/{self.rotation.attempt}/{self.rotation.bounces}/{step}/{place}")\n'
        "        self.journal.intent(self.rotation, step, place, self.now)\n        return done\n",
    ),
    Mutant(
        "the oldest key is deleted to make room",
        f"{STEPS}/preparing.py",
        'return needs(run, Trouble.LIMIT, f"the vendor allows {world.limit} keys, and they are there: {shown}")',
        "oldest = min(keys, key=lambda key: key.created or run.now)\n"
        "        run.effect(Step.REMOVE, lambda _: world.revoke(oldest))\n        return waits(run, shown)",
    ),
    Mutant(
        "a place is promoted whatever key is in it",
        f"{STEPS}/promoting.py",
        "    if seen.fingerprint not in {target.base_fp, rotation.new_fp}:\n        return stranger(run, target, seen)\n",
        "",
        survives="a third key is a new version too: it is staged again, and staging looks which key is there",
    ),
    Mutant(
        "a place is promoted whatever its version is",
        f"{STEPS}/promoting.py",
        "    if seen.version != target.base_version:\n",
        "    if seen.version == 'never':\n",
    ),
    Mutant(
        "nothing is verified",
        f"{STEPS}/staging.py",
        'return Turn(State.STAGED, changes={"reason": ""}, detail="stored")',
        'return Turn(State.VERIFIED, changes={"reason": ""}, detail="stored")',
    ),
    Mutant(
        "it is verified from memory instead of the store",
        f"{STEPS}/staging.py",
        "    seen = run.world.look_staged(target, staged)\n",
        "    seen = Seen(staged.version, run.rotation.new_fp, run.minted.values, None) if run.minted else "
        "run.world.look_staged(target, staged)\n",
    ),
    Mutant(
        "revoked before grace has passed",
        f"{STEPS}/promoting.py",
        '"grace_until": run.now + rotation.grace',
        '"grace_until": run.now',
    ),
    Mutant(
        "switched off without a look at the places",
        f"{STEPS}/retiring.py",
        "        if turn := needed(run):\n            return turn\n        if not old.disabled:",
        "        if not old.disabled:",
    ),
    Mutant(
        "revoked without a look at the places",
        f"{STEPS}/retiring.py",
        "        return _missed(run) or (refusal(run) if world.minter is None else _unmake(run))",
        "        return refusal(run) if world.minter is None else _unmake(run)",
    ),
    Mutant(
        "recovery trusts the journal",
        f"{STEPS}/creating.py",
        "        return lost(run) or again(run)",
        "        return again(run)",
    ),
    Mutant("a create is sent again blindly", f"{STEPS}/creating.py", "    if not run.calls:\n", "    if False:\n"),
    Mutant(
        "no snapshot",
        f"{STEPS}/preparing.py",
        'changes["snapshot"] = frozenset(key.key_id for key in keys if key.key_id)',
        'changes["snapshot"] = frozenset()',
    ),
    Mutant(
        "a mark is not checked",
        f"{ROTATION}/claiming.py",
        "        return [key for key in found if marked(rotation, key)]",
        "        return found",
    ),
    Mutant(
        "the first of several candidates is taken",
        f"{STEPS}/creating.py",
        "    if len(ours) > 1 or any(",
        "    if any(",
    ),
    Mutant(
        "a candidate in use is removed",
        f"{STEPS}/creating.py",
        "    if len(ours) > 1 or any(key.last_used is not None or not surely(run, key) for key in ours):",
        "    if len(ours) > 1:",
    ),
    Mutant(
        "a late create is not waited for",
        f"{STEPS}/creating.py",
        "    return Turn(at=since + LATE) if run.now - since < LATE else None",
        "    return None",
    ),
    Mutant(
        "a value in the detail of an effect",
        f"{ROTATION}/run.py",
        '        self.journal.outcome(entry, Phase.DONE, "", self.now)',
        '        said = [value.reveal() for value in self.minted.values.values()] if self.minted else [""]\n'
        "        self.journal.outcome(entry, Phase.DONE, said[-1], self.now)",
    ),
    Mutant(
        "a value in a column",
        f"{STEPS}/creating.py",
        '"created_at": run.now, "reason": ""}\n    return Turn(State.CREATED, changes=changes, detail="made")',
        '"created_at": run.now, "reason": minted.values["secret"].reveal()}\n'
        '    return Turn(State.CREATED, changes=changes, detail="made")',
    ),
    Mutant(
        "a value in what is told",
        f"{STEPS}/creating.py",
        'return Turn(State.CREATED, changes=changes, detail="made")',
        'return Turn(State.CREATED, changes=changes, detail=minted.values["secret"].reveal())',
    ),
    Mutant(
        "staged again for ever",
        f"{STEPS}/staging.py",
        "    if run.rotation.bounces % SERIES >= BOUNCES:\n",
        "    if False:\n",
    ),
    Mutant(
        "what a store gives back is looked at only later",
        f"{STEPS}/staging.py",
        "        if seen is None and target.state is PlaceState.STAGED:\n",
        "        if False:\n",
    ),
    Mutant(
        "made again for ever",
        f"{STEPS}/preparing.py",
        "if rotation.creates >= CREATES else",
        "if False else",
    ),
    Mutant(
        "waited for ever",
        f"{ROTATION}/run.py",
        "    if rotation.tries >= PATIENCE:\n",
        "    if False:\n",
    ),
    Mutant(
        "a person's key is staged over",
        f"{STEPS}/staging.py",
        "        if seen.fingerprint not in {one.base_fp, rotation.new_fp}:\n            return stranger(run, one, seen)\n",
        "",
    ),
    Mutant(
        "other bytes under the same token",
        f"{STEPS}/staging.py",
        "    if base.version != target.base_version:\n",
        "    if False:\n",
    ),
    Mutant(
        "a person's decision begins the tokens anew",
        f"{ROTATION}/run.py",
        "    return (rotation.bounces // SERIES + 1) * SERIES",
        "    return 0",
    ),
    Mutant(
        "an attempt has no number",
        f"{STEPS}/creating.py",
        '"attempt": run.rotation.attempt + 1',
        '"attempt": run.rotation.attempt',
    ),
)
