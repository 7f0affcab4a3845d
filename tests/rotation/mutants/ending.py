"""From there on: how it goes live, how the old one goes, and the way back."""

from __future__ import annotations

from tests.rotation.mutants.mutant import JOURNAL, ROTATION, STEPS, Mutant

ENDING = (
    Mutant(
        "a key that is refused is promoted",
        f"{STEPS}/staging.py",
        '        if said.validity is not Validity.VALID:\n            return waits(run, f"{target.place}: cannot tell whether',
        '        if False:\n            return waits(run, f"{target.place}: cannot tell whether',
    ),
    Mutant(
        "a young key is useless at once",
        f"{ROTATION}/run.py",
        "SETTLES = timedelta(minutes=5)",
        "SETTLES = timedelta(0)",
    ),
    Mutant(
        "pending slots are left",
        f"{STEPS}/retiring.py",
        "        if not target.mirror and (turn := emptied(run, target)):\n",
        "        if turn := None:\n",
    ),
    Mutant(
        "somebody else's slot is emptied",
        f"{ROTATION}/run.py",
        "    if staged is None or not staged.mark.startswith(run.rotation.marks):\n",
        "    if staged is None:\n",
    ),
    Mutant(
        "the new key is removed while a place holds it",
        f"{ROTATION}/run.py",
        "    return seen is not None and seen.fingerprint == run.rotation.new_fp\n",
        "    return False\n",
    ),
    Mutant(
        "a promotion without an answer is not waited for",
        f"{STEPS}/undoing.py",
        "    if turn := landing(run, Step.PROMOTE,",
        "    if turn := run.paste and landing(run, Step.PROMOTE,",
    ),
    Mutant(
        "a key too young for the list is gone",
        f"{ROTATION}/run.py",
        "    return Turn(at=run.now + LATE - age) if timedelta(0) <= age < LATE else None\n",
        "    return None\n",
    ),
    Mutant(
        "not switched on again after a soak that failed",
        f"{STEPS}/retiring.py",
        "        run.effect(Step.ENABLE, lambda _: world.enable(rotation.old))\n        why",
        "        why",
    ),
    Mutant(
        "no soak",
        f"{STEPS}/retiring.py",
        "    if run.now < until:\n        return Turn(at=min(until, run.now + _LOOK)",
        "    if False:\n        return Turn(at=min(until, run.now + _LOOK)",
    ),
    Mutant(
        "never switched off before",
        f"{STEPS}/keeping.py",
        "State.DISABLING if run.world.disables else State.REVOKING",
        "State.REVOKING",
    ),
    Mutant(
        "switched off without an answer, and gone back",
        f"{STEPS}/undoing.py",
        "    if rotation.disabled_at is None and run.journal.last(rotation, Step.DISABLE) is None:\n",
        "    if rotation.disabled_at is None:\n",
    ),
    Mutant(
        "back to a dead key",
        f"{STEPS}/reverting.py",
        "    if said.validity is Validity.INVALID or former.fingerprint != target.base_fp:\n",
        "    if said.validity is Validity.INVALID:\n        return None\n    if former.fingerprint != target.base_fp:\n",
    ),
    Mutant(
        "gone back over what a person wrote",
        f"{STEPS}/reverting.py",
        "    if now.version != target.promoted_version:\n        return _onto(run, target, now)\n    if turn",
        "    target = type(target)(**{**vars(target), 'promoted_version': now.version})\n    if turn",
    ),
    Mutant(
        "the new key goes without time for its readers",
        f"{STEPS}/undoing.py",
        "    if run.now < rotation.soak_until:\n",
        "    if False:\n",
    ),
    Mutant(
        "a wish is not heard",
        f"{ROTATION}/engine.py",
        "    step = undo if run.rotation.wish is not None else STEPS[run.rotation.state]\n",
        "    step = STEPS[run.rotation.state]\n",
    ),
    Mutant(
        "a pause is not heard",
        f"{ROTATION}/engine.py",
        " and not rotation.paused",
        "",
    ),
    Mutant(
        "a late create is forgotten",
        f"{STEPS}/retiring.py",
        "    return _late(run)\n",
        "    return None\n",
    ),
    Mutant(
        "nothing is looked at after the end",
        f"{ROTATION}/tidying.py",
        "    if rotation.state not in ENDED:\n",
        "    if rotation.state in ENDED:\n",
    ),
    Mutant(
        "mirrors are written",
        f"{ROTATION}/run.py",
        "for one in rotation.written if one.state in {PlaceState.WAITING, PlaceState.STAGED})",
        "for one in rotation.targets if one.state in {PlaceState.WAITING, PlaceState.STAGED})",
    ),
    Mutant(
        "readers are not told",
        f"{STEPS}/promoting.py",
        "works_everywhere(run) or _mirrored(run) or tell(run)",
        "works_everywhere(run) or _mirrored(run)",
    ),
    Mutant(
        "readers are not told of the way back",
        f"{STEPS}/undoing.py",
        "    if turn := tell(run):\n",
        "    if turn := None:\n",
    ),
    Mutant(
        "nobody is asked",
        f"{STEPS}/keeping.py",
        "    if rotation.revoke is Revoke.GRACE:\n",
        "    if True:\n",
    ),
    Mutant(
        "the old key goes though a place was left to a person",
        f"{STEPS}/retiring.py",
        "    return any(target.state is PlaceState.LEFT for target in run.rotation.targets)\n",
        "    return False\n",
    ),
    Mutant(
        "whatever second key there is takes the place of the first, twice",
        f"{STEPS}/exchanging.py",
        "    if last is None or last.phase is Phase.FAILED:\n",
        "    if last is None or last.phase is not Phase.DONE:\n",
    ),
    Mutant(
        "what our write stands over is not told",
        f"{STEPS}/overwriting.py",
        "    if not theirs:\n",
        "    if True:\n",
    ),
    Mutant(
        "a write without an answer is sent again at once, over whatever is there by then",
        f"{STEPS}/overwriting.py",
        "    return None if run.world.compares(target) else landing(",
        "    return None if True else landing(",
    ),
    Mutant(
        "a key that was left to a place goes a day later",
        f"{ROTATION}/tidying.py",
        "    return bool(run.journal.holders(rotation.new_fp)) or any(holds(run, target) for target in rotation.targets)\n",
        "    return False\n",
    ),
    Mutant(
        "done without a last look",
        f"{STEPS}/retiring.py",
        "    if turn := clear(run) or works_everywhere(run):\n",
        "    if turn := clear(run):\n",
    ),
    Mutant(
        "an effect of one who was overtaken",
        f"{JOURNAL}/page.py",
        "            keeping.still(db, rotation)\n",
        "",
    ),
    Mutant(
        "a move of one who was overtaken",
        f"{JOURNAL}/keeping.py",
        "    if done.rowcount != 1:\n",
        "    if False:\n",
    ),
    Mutant(
        "the end of the chain is not known",
        f"{JOURNAL}/chain.py",
        '    meta.put(db, _HEAD, f"{seq}:{digest}")\n    return entry(',
        "    meta.put(db, _HEAD, f\"{seq}:{last['hash']}\")\n    return entry(",
    ),
)
