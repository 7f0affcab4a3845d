"""The end says what was seen to be true: where the new key works, and what became of the old one, whoever did it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from credwatch.model.rotating import State
from tests.rotation.harness.acts import ACTS
from tests.rotation.harness.ledgers import CREDENTIAL, ledger
from tests.rotation.harness.life import Life
from tests.rotation.harness.play import finish
from tests.rotation.harness.scene import Scene
from tests.rotation.harness.settings import SETTINGS
from tests.rotation.harness.vendors import MINTERS

TRAITS = {each.name: each for each in MINTERS}
_OLD_AGAIN, _OWN = "the old key again in place 0", "a person's own key in place 0"
_GONE = "a person unmakes the old key"
_KEPT = "the new one works from 1 of 2 places, the old one is kept, because PLACE was left to a person; it is held in"


def forgets(life: Life) -> None:
    """The place has forgotten what it held before."""
    store = life.scene.stores[life.scene.targets[0].provider]
    store.items["voice/0"][:-1] = ["{}"] * (len(store.items["voice/0"]) - 1)


def end(traits: str, places: int, setting: str, acts: tuple[str | Callable[[Life], None], ...], choice: int) -> str:
    """What is said of a rotation, when all of this happens while both keys live."""
    with ledger() as known:
        life = Life(Scene(TRAITS[traits], places, {}, SETTINGS[setting]), known, CREDENTIAL)
        life.process()
        for act in acts:
            if callable(act):
                act(life)
            else:
                ACTS[act](life)
        finish(life, 0, (choice,))
        assert life.rotation.state is State.DONE
        return life.rotation.reason.replace(life.scene.targets[0].place, "PLACE")


@pytest.mark.parametrize(
    ("traits", "places", "setting", "acts", "choice", "said"),
    [
        ("twilio", 1, "plain", (), 0, "the new one works from every place, the old one is refused"),
        ("auth token", 2, "plain", (), 0, "the new one works from every place, the old one is refused"),
        ("twilio", 2, "the old key dead", (), 0, "the new one works from every place"),
        ("twilio", 1, "plain", (forgets,), 0,
         "the new one works from every place, the old one is gone from its vendor's list; no place has it any more to try it"),
        ("twilio", 2, "plain", (_OLD_AGAIN,), 1,
         f"{_KEPT} PLACE"),
        ("twilio", 2, "plain", (_OWN,), 1,
         f"{_KEPT} no place that we watch"),
        ("twilio", 2, "plain", (_OWN, _GONE), 1,
         "the new one works from 1 of 2 places, the old one is gone from its vendor's list, though PLACE was left to a person"),
    ],
)  # fmt: skip
def test_the_end_says_what_was_seen(
    traits: str, places: int, setting: str, acts: tuple[str | Callable[[Life], None], ...], choice: int, said: str
) -> None:
    assert end(traits, places, setting, acts, choice) == said
