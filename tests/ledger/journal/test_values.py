"""No value can get in: not as what it is, nor hidden in what holds texts."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from credwatch.errors import LedgerError
from credwatch.ledger.journal import Journal, Milestone
from credwatch.model import Facts, Payload
from credwatch.model.rotating import Phase, State, Step, Turn
from credwatch.secrets import Secret
from tests.ledger.journal.world import FULL, ONE, begun, planned
from tests.ledger.world import START, World

CANARY = "s3cr3t-canary-0123456789"
SECRET = Secret(CANARY)
STRANGERS: dict[str, Any] = {
    "a secret": SECRET,
    "bytes": CANARY.encode(),
    "a payload": Payload({"": SECRET}),
    "a mapping": {"secret": SECRET},
    "a list": [CANARY],
    "a set of secrets": frozenset({1, 2}),
    "a tuple of secrets": (SECRET,),
    "facts with a secret": Facts(name=SECRET),  # type: ignore[arg-type]
    "facts with a secret trait": Facts(traits={"value": SECRET}),  # type: ignore[dict-item]
    "facts with secret scopes": Facts(scopes=frozenset({b"x"})),  # type: ignore[arg-type]
    "a time without a zone": datetime(2026, 11, 20, 8, 0),  # noqa: DTZ001  that is the case
    "a fraction": 1.5,
}


def everything(world: World) -> str:
    with world.ledger.read() as db:
        return "\n".join(db.iterdump())


@pytest.mark.parametrize("stranger", sorted(STRANGERS))
@pytest.mark.parametrize("field", sorted(FULL))
def test_a_field_holds_only_what_it_is_for(world: World, journal: Journal, field: str, stranger: str) -> None:
    before = begun(journal)

    with pytest.raises(LedgerError, match=f"{field} of a rotation is ") as refused:
        journal.move(before, Turn(changes={field: STRANGERS[stranger]}), START)

    assert CANARY not in f"{refused.value!r} {refused.getrepr(style='long')}".replace(f"{SECRET!r}", "")
    assert refused.value.__suppress_context__
    assert journal.one(before.id) == before
    assert CANARY not in everything(world)


@pytest.mark.parametrize(("field", "wrong"), [("tries", True), ("creates", "1"), ("paused", 1), ("told", {"a"})])
def test_what_looks_alike_is_not_the_same(journal: Journal, field: str, wrong: object) -> None:
    with pytest.raises(LedgerError, match=f"{field} of a rotation is "):
        journal.move(begun(journal), Turn(changes={field: wrong}), START)


@pytest.mark.parametrize("field", ["id", "credential", "kind", "minter", "old", "old_fp", "requested_by", "targets"])
def test_what_it_begins_with_is_looked_at_too(world: World, journal: Journal, field: str) -> None:
    wrong: Any = (replace(ONE, base_fp=SECRET),) if field == "targets" else SECRET  # type: ignore[arg-type]

    with pytest.raises(LedgerError, match="of a rotation is "):
        journal.begin(planned(journal, **{field: wrong}), START)

    assert world.count("rotation") == 0


@pytest.mark.parametrize(
    "part", ["place", "provider", "locator", "base_version", "base_fp", "pending_version", "promoted_version"]
)
def test_a_place_holds_only_texts(journal: Journal, part: str) -> None:
    before = begun(journal)
    given: Any = {part: SECRET}
    wrong = replace(ONE, **given)

    with pytest.raises(LedgerError, match=f"{part} of a rotation is a text"):
        journal.move(before, Turn(targets=(wrong,)), START)

    assert journal.one(before.id).targets == before.targets


@pytest.mark.parametrize(
    "fields", [{"secret": SECRET}, OrderedDict(secret=b"KEY"), {1: "KEY"}], ids=["a value", "bytes", "no name"]
)
def test_the_fields_of_a_place_are_names(journal: Journal, fields: Any) -> None:
    with pytest.raises(LedgerError, match="fields of a rotation is texts by texts"):
        journal.move(begun(journal), Turn(targets=(replace(ONE, fields=fields),)), START)


@pytest.mark.parametrize("field", ["id", "state", "targets", "next_try_at", "begun_at", "updated_at", "value", "hash"])
def test_a_turn_sets_nothing_that_is_not_its_own(journal: Journal, field: str) -> None:
    before = begun(journal)

    with pytest.raises(LedgerError, match=f"no field {field} that could be set"):
        journal.move(before, Turn(changes={field: "x"}), START)

    assert journal.one(before.id) == before


@pytest.mark.parametrize(
    ("milestone", "what"),
    [
        (Milestone("made", words=SECRET), "words"),  # type: ignore[arg-type]
        (Milestone("made", lines=(SECRET,)), "lines"),  # type: ignore[arg-type]
        (Milestone(SECRET), "name"),  # type: ignore[arg-type]
    ],
)
def test_a_milestone_is_words(world: World, journal: Journal, milestone: Milestone, what: str) -> None:
    with pytest.raises(LedgerError, match=f"{what} of a rotation is "):
        journal.move(begun(journal), Turn(State.CREATED), START, milestones=[milestone])

    assert world.count("outbox") == 0


def test_a_detail_is_a_text(world: World, journal: Journal) -> None:
    entry = journal.intent(begun(journal), Step.MINT, "", START)

    with pytest.raises(LedgerError, match="detail of a rotation is a text"):
        journal.outcome(entry, Phase.DONE, SECRET, START)  # type: ignore[arg-type]

    assert world.column("select phase from journal where step = 'mint'") == ["intent"]
