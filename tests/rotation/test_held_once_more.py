"""A place gives the old key up after the grace was over: whoever loaded it from there works on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from credwatch.model.rotating import ENDED, State, Trouble
from credwatch.rotation.confirming import confirm
from tests.rotation.harness.ledgers import CREDENTIAL, ledger
from tests.rotation.harness.life import HOUR, Life
from tests.rotation.harness.scene import PLAIN, Scene
from tests.rotation.harness.vendors import MINTERS


@pytest.fixture
def life() -> Iterator[Life]:
    with ledger() as known:
        yield Life(Scene(MINTERS[0], 2, setting=replace(PLAIN, mirror=timedelta(minutes=10))), known, CREDENTIAL)


def comes_to(life: Life, *states: State) -> None:
    for _ in range(100):
        if life.rotation.state in states:
            return
        life.process()
        if life.rotation.state not in states:
            life.goes_by()


def set_back(life: Life) -> None:
    """Somebody writes the old key into what only its controller should write, and that is late."""
    scene = life.scene
    scene.setting = replace(scene.setting, mirror=timedelta(days=30))
    scene.write(scene.targets[-1], scene.old.id, scene.old.value)


def follows(life: Life) -> None:
    life.mirrors(by_hand=True)


def near_its_end(life: Life) -> None:
    comes_to(life, State.GRACE)
    while life.rotation.grace_until and life.scene.time.now() + 2 * HOUR < life.rotation.grace_until:
        life.goes_by()
        life.process()


def told(life: Life) -> list[str]:
    """Until when both keys live, each time that it was said."""
    with life.ledger.read() as db:
        rows = db.execute("select distinct said from outbox where step glob 'grace*' and said like '% UTC%'")
        return [row[0] for row in rows]


def test_a_mirror_that_was_set_back_has_all_of_the_grace_when_it_follows_again(life: Life) -> None:
    near_its_end(life)
    set_back(life)
    comes_to(life, State.CONFIRMING)
    assert life.rotation.reason.startswith("the old key is still held")
    follows(life)
    since = life.scene.time.now()
    comes_to(life, *ENDED)

    assert len(told(life)) == 2
    assert life.rotation.state is State.DONE
    ended = life.rotation.updated_at
    assert ended is not None
    assert ended - since >= life.rotation.grace


def test_who_says_at_once_does_not_wait_for_that(life: Life) -> None:
    near_its_end(life)
    set_back(life)
    comes_to(life, State.CONFIRMING)
    follows(life)
    now = life.scene.time.now()
    life.rotation = confirm(life.journal, life.rotation, "ana", now, at_once=True)
    life.process()

    assert (life.rotation.state, life.scene.time.now() - now < HOUR) == (State.DONE, True)


def test_one_that_is_set_back_again_and_again_is_told_to_a_person(life: Life) -> None:
    for _ in range(20):
        near_its_end(life)
        set_back(life)
        comes_to(life, State.CONFIRMING, State.NEEDS_OPERATOR)
        follows(life)
        life.goes_by()
        life.process()
        if life.rotation.state is State.NEEDS_OPERATOR:
            break

    assert life.rotation.trouble is Trouble.HELD
