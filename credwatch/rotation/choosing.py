"""What a person decides when a rotation has stopped, or wants of one that is under way. Each choice is a step of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from credwatch.errors import CredwatchError
from credwatch.ledger.journal import Milestone
from credwatch.model import Facts, Level
from credwatch.model.rotating import ENDED, Phase, PlaceState, Rotation, State, Step, Target, Trouble, Turn, Wish
from credwatch.rotation.claiming import listed, placed
from credwatch.rotation.offers import ADOPT, GO_ON, LEAVE_KEY, LEAVE_PLACE, OFFERS, OVERWRITE, expected, unturned
from credwatch.rotation.run import Run, series, there, told_to_go, was_live
from credwatch.rotation.steps.exchanging import vouched
from credwatch.rotation.steps.preparing import CREATES
from credwatch.rotation.steps.reverting import goes_back_over
from credwatch.rotation.steps.staging import at_hand


class ChoiceError(CredwatchError):
    """This cannot be chosen here; the text names what can."""

    exit_code = 64


@dataclass(frozen=True)
class Choice:
    """One thing that a person said. At most one of the fields is set; none: go on."""

    adopt: str = ""
    """The id of a key at the vendor that is ours."""
    leave_key: str = ""
    """The id of one that is not, and is never touched."""
    overwrite: str = ""
    """A place, and the version of it that may be lost: PLACE@VERSION."""
    leave_place: str = ""
    """A place that keeps what a person wrote: the old key is then never revoked."""

    @property
    def words(self) -> str:
        """As it was said."""
        said = {"adopt": self.adopt, "leave": self.leave_key or self.leave_place, "overwrite": self.overwrite}
        return next((f"{what} {value}" for what, value in said.items() if value), "go on")


def resume(run: Run, choice: Choice, who: str, why: str = "") -> Rotation:
    """Go on as this person chose. ChoiceError when that is not among what can be chosen."""
    rotation = run.rotation
    if rotation.state in ENDED and (choice.adopt or choice.leave_key):
        return _afterwards(run, choice, who, why)
    if rotation.state is not State.NEEDS_OPERATOR or rotation.trouble is None or rotation.resumes is None:
        raise ChoiceError(f"cw-{rotation.id} waits for nobody: it is {rotation.state.value}")
    named = next((name for name in (ADOPT, LEAVE_KEY, OVERWRITE, LEAVE_PLACE) if getattr(choice, name)), GO_ON)
    if named not in OFFERS[rotation.trouble]:
        raise ChoiceError(f"{choice.words}: that does not help here. Why it stopped: {rotation.reason}")
    return _said(run, _TURNS[named](run, choice), f"{who}: {choice.words}{because(why)}")


def _afterwards(run: Run, choice: Choice, who: str, why: str) -> Rotation:
    """Whose a key is that was found after the end: ours, and it is removed by its exact id; or not, and it stays."""
    key_id = choice.adopt or choice.leave_key
    found = listed(run, key_id)
    if found is None:
        raise ChoiceError(f"{key_id} is none of the keys that cw-{run.rotation.id} may have made")
    if choice.adopt:
        run.effect(Step.REMOVE, lambda _: run.world.revoke(found))
    became = "is removed: it was ours" if choice.adopt else "stays: it is not ours"
    told = Milestone(f"claimed:{key_id}", Level.RESOLVED, f"{key_id} {became} ({who}{because(why)})")
    run.journal.tell(run.rotation, told, run.now)
    return _said(run, Turn(changes={"snapshot": run.rotation.snapshot | {key_id}}), f"{who}: {choice.words}")


def wish(run: Run, wanted: Wish, who: str, why: str = "") -> Rotation:
    """Abort or roll back. ChoiceError after the old key was told to go, or when nothing is under way."""
    rotation = run.rotation
    state = rotation.resumes if rotation.state is State.NEEDS_OPERATOR and rotation.resumes else rotation.state
    if state in ENDED:
        raise ChoiceError(f"cw-{rotation.id} is {state.value}: it cannot be undone")
    if told_to_go(run):
        raise ChoiceError(f"the old key of cw-{rotation.id} was told to go: it cannot be undone")
    live = any(one.state is PlaceState.PROMOTED for one in rotation.targets)
    if wanted is Wish.ABORT and live:
        raise ChoiceError(f"the new key is live in a place: credwatch rollback cw-{rotation.id}")
    if rotation.turns and rotation.creates and not unturned(rotation):
        raise ChoiceError(
            "its store was told to make the new value, and the old one ends with that: there is no way back"
        )
    if rotation.replaces_dead and live:
        raise ChoiceError("the old key is dead: there is nothing to go back to")
    changes: dict[str, object] = {
        "wish": wanted,
        "told": frozenset(),
        "soak_until": None,
        "trouble": None,
        "resumes": None,
        "bounces": series(rotation),
    }
    told = Milestone(f"wish:{changes['bounces']}", words=f"it goes back, as {who} says{because(why)}")
    return _said(
        run, Turn(state, changes=changes, targets=_theirs_left(run)), f"{who}: {wanted.value}{because(why)}", told
    )


def because(why: str) -> str:
    """The reason that was given, after what somebody said."""
    return f', "{why}"' if why else ""


def _theirs_left(run: Run) -> tuple[Target, ...] | None:
    """What a person wrote over ours, and stopped it by that, stays: only ours is taken back."""
    rotation = run.rotation
    if rotation.trouble is not Trouble.STRANGER:
        return None
    theirs = {
        one.place
        for one in rotation.targets
        if one.state is PlaceState.PROMOTED
        and run.world.look(one).fingerprint not in {rotation.new_fp, rotation.old_fp, one.base_fp}
    }
    return tuple(replace(one, state=PlaceState.LEFT) if one.place in theirs else one for one in rotation.targets)


def _said(run: Run, turn: Turn, words: str, *told: Milestone) -> Rotation:
    """The choice is in the journal before it holds."""
    entry = run.journal.intent(run.rotation, Step.CHOOSE, "", run.now)
    run.rotation = run.journal.move(run.rotation, replace(turn, detail=words), run.now, milestones=told)
    run.journal.outcome(entry, Phase.DONE, words, run.now)
    return run.rotation


def _go_on(run: Run, **changes: object) -> Turn:
    """Where it was, with its counters begun anew."""
    again = {"trouble": None, "resumes": None, "tries": 0, "bounces": series(run.rotation), "reason": "", **changes}
    return Turn(run.rotation.resumes, changes=again)


def _mended(run: Run, _choice: Choice) -> Turn:
    """Something outside was put right. Where a place could not be read, who was told meanwhile may have found nothing there."""
    if run.rotation.trouble is Trouble.OLD_DEAD:
        return _forward(run)
    if run.rotation.trouble is Trouble.SILENT:
        vouched(run)
    told = frozenset() if run.rotation.trouble is Trouble.REFUSED else run.rotation.told
    once_more = {"creates": min(run.rotation.creates, CREATES - 1)} if run.rotation.turns else {}
    return _go_on(run, told=told, **once_more)


def _forward(run: Run) -> Turn:
    """There is no way back: every place is given the new key, also one that had gone back."""
    back = [one for one in run.rotation.targets if one.state is PlaceState.REVERTED]
    targets = tuple(replace(one, state=PlaceState.WAITING) if one in back else one for one in run.rotation.targets)
    turn = _go_on(run, wish=None, told=frozenset(), soak_until=None)
    return replace(turn, to=_back_to(run), targets=targets)


def _adopt(run: Run, choice: Choice) -> Turn:
    """It is ours; its value is lost, so it is removed by its exact id and another one made."""
    found = _listed(run, choice.adopt)
    if held := placed(run, found):
        raise ChoiceError(f"{choice.adopt} is held in {', '.join(held)}: it is in use, and is not deleted")
    run.effect(Step.REMOVE, lambda _: run.world.revoke(found))
    return _go_on(run)


def _leave_key(run: Run, choice: Choice) -> Turn:
    found = _listed(run, choice.leave_key)
    return _go_on(run, snapshot=run.rotation.snapshot | {found.key_id})


def _listed(run: Run, key_id: str) -> Facts:
    known = run.rotation.snapshot | {run.rotation.new.key_id, run.rotation.old.key_id}
    fresh = [one.facts for one in run.world.beside(run.rotation.old) if one.facts.key_id not in known]
    found = next((key for key in fresh if key.key_id == key_id), None)
    if found is None:
        raise ChoiceError(
            f"{key_id} is not among the keys in question: {', '.join(key.key_id or '?' for key in fresh)}"
        )
    return found


def _overwrite(run: Run, choice: Choice) -> Turn:
    """What a person wrote there may be lost, if it is still what it was when this person looked."""
    place, _, version = choice.overwrite.rpartition("@")
    target = _target(run, place)
    seen = run.world.look(target)
    if version != seen.version:
        raise ChoiceError(f"{place} is at version {seen.version} now: look again before it is overwritten")
    if seen.fingerprint == expected(run.rotation, target):
        raise ChoiceError(f"{place} holds what it should: nothing of anybody's would be overwritten there")
    if gone := sorted(leaf for role, leaf in target.fields.items() if role not in seen.values):
        raise ChoiceError(
            f"{place} has no {', '.join(gone)} any more, so there is nothing to overwrite: write it there again first, with"
            " any value, and look again"
        )
    if run.rotation.wish is not None:
        return replace(_go_on(run, told=frozenset()), targets=_with(run, target, **goes_back_over(seen.version)))
    if was_live(run.rotation) and not at_hand(run):
        raise ChoiceError(
            f"nobody has the value of the new key any more to write it there again: leave {place} as it is, with --leave,"
            " and rotate it when this is over"
        )
    targets = _with(run, target, base_version=seen.version, base_fp=seen.fingerprint, state=PlaceState.WAITING)
    return replace(_go_on(run, told=frozenset()), to=_back_to(run), targets=targets)


def _leave_place(run: Run, choice: Choice) -> Turn:
    target = _target(run, choice.leave_place)
    if run.rotation.trouble is Trouble.REFUSED and there(run, target) is not None:
        raise ChoiceError(f"{target.place} is there: what it holds is not what was refused")
    targets = _with(run, target, state=PlaceState.LEFT)
    nothing = all(one.mirror or one.state is PlaceState.LEFT for one in targets)
    turn = replace(_go_on(run), targets=targets)
    if not nothing or run.rotation.wish is not None or run.rotation.resumes is State.REVOKING:
        return turn
    if told_to_go(run):
        return replace(turn, to=State.REVOKING)
    return replace(turn, changes={**turn.changes, "wish": Wish.ABORT})  # nobody is left who would be given the new key


def _back_to(run: Run) -> State:
    """A place that is to be written again is staged first."""
    before = {State.PLANNED, State.PREPARED, State.CREATING}
    resumes = run.rotation.resumes or State.CREATED
    return resumes if resumes in before else State.CREATED


def _target(run: Run, place: str) -> Target:
    found = next((one for one in run.rotation.targets if one.place == place), None)
    if found is None:
        raise ChoiceError(f"{place} is none of its places: {', '.join(one.place for one in run.rotation.targets)}")
    return found


def _with(run: Run, target: Target, **changes: object) -> tuple[Target, ...]:
    return tuple(
        replace(one, **changes) if one.place == target.place else one  # type: ignore[arg-type]
        for one in run.rotation.targets
    )


_TURNS: Mapping[str, Callable[[Run, Choice], Turn]] = {
    GO_ON: _mended,
    ADOPT: _adopt,
    LEAVE_KEY: _leave_key,
    OVERWRITE: _overwrite,
    LEAVE_PLACE: _leave_place,
}
