"""What a person wrote and a write of ours stands over, in a store that cannot compare and swap: it is told, or given back."""

from __future__ import annotations

from typing import Protocol

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
