"""What a person wrote and a write of ours stands over, in a store that cannot compare and swap: it is told, or given back."""

from __future__ import annotations

from typing import Protocol

from credwatch.model.rotating import Rotation
from tests.rotation.harness.scene import Scene


class Watches(Protocol):
    """Who keeps an eye on what persons wrote."""

    scene: Scene
    persons: dict[str, str]
    overwritten: dict[str, str]
    others: dict[tuple[str, str], str]


def given_back(by: Watches) -> None:
    """What stands again was not lost."""
    for target in by.scene.targets:
        if by.overwritten.get(target.place) == by.scene.key_in(target):
            del by.overwritten[target.place]


def told(by: Watches, reason: str) -> None:
    """A person knows of it: that it stood there, and which version it was."""
    named = {(each.provider, each.locator) for each in by.scene.targets if reason.startswith(each.place)}
    for provider, locator in sorted(named):
        by.others[provider, locator] = by.scene.stores[provider].now(locator).get("OTHER", "")
    for each in by.scene.targets:
        if (each.provider, each.locator) in named:
            by.persons.pop(each.place, None)
            by.overwritten.pop(each.place, None)


def goes_on(scene: Scene, rotation: Rotation, word: str) -> bool:
    """Whether a place is given the new key though somebody said before this call that it goes back."""
    back = any(each.pending_version.startswith("back") for each in rotation.targets)
    said = scene.faults.wished_at
    return (
        word == "PROMOTE"
        and rotation.wish is not None
        and not back
        and said is not None
        and len(scene.faults.calls) > said
    )
