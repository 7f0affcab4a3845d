"""Half of a surrogate pair, and a null, are text for JSON and for Python, and none for SQLite: they end no sweep."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credwatch.ledger.queries.naming import find
from credwatch.ledger.texts import held, holdable
from credwatch.model import Facts, Item, Kind, ProbeResult, Reason, Sighting, Unlisted
from tests.ledger.world import BY_ID, START, World, listed, seen

ODD, HELD = "a\ud800b\0", "a%ED%A0%80b%00"
FACTS = Facts(account=ODD, key_id=ODD, name=ODD, scopes=frozenset({ODD}), hint=ODD, creator=ODD)
ITEM = Item("vault", ODD, version=ODD, labels={"credwatch-owner": ODD, ODD: "x"}, mirror_of=ODD)


@pytest.mark.parametrize("text", ["", "plain", "é☎\U0001f511", "a\x01b"])
def test_what_can_be_held_stays_as_it_is(text: str) -> None:
    sighting = seen("vault:kv/x#K", "f", key=text, name=text)

    assert held(text) == text
    assert holdable(sighting) is sighting


@pytest.mark.parametrize(
    "what",
    [
        Sighting("vault", f"vault:{ODD}#K", BY_ID, FACTS, ITEM, "f", ProbeResult.invalid(detail=ODD), START),
        Sighting("vault", f"vault:{ODD}", BY_ID, FACTS),
        Unlisted(ODD, Reason.FORBIDDEN, ODD),
    ],
    ids=["a key in a store", "a key in a list", "what is not listed"],
)
def test_every_text_of_what_was_seen_can_be_held(what: Sighting | Unlisted) -> None:
    made = holdable(what)

    assert "\\ud800" not in repr(made)
    assert repr(made).count(HELD) == repr(what).count(r"a\ud800b\x00")


def test_a_kind_is_a_plug_ins_own_and_stays_itself() -> None:
    kind: Kind = replace(BY_ID, title="é")

    assert holdable(seen("vault:kv/x#K", "f", kind=kind, name=ODD)).kind is kind


def test_a_name_that_cannot_be_held_ends_no_sweep_and_hides_no_other_key() -> None:
    world = World()
    odd = replace(seen("vault:kv/odd#K", "f1", key="SK1", name=ODD, tried=ProbeResult.invalid(detail=ODD)), item=ITEM)

    everything = (
        odd,
        listed("vault", ODD),
        Unlisted(ODD, Reason.FORBIDDEN, ODD),
        seen("vault:kv/x#K", "f2", key="SK2"),
    )

    for _ in range(3):
        world.sweep(*everything)

    assert world.column("select name from credential where name is not null") == [HELD]
    assert world.count("credential") == 3


def test_what_is_called_so_is_found_by_what_is_typed() -> None:
    world = World()
    world.sweep(seen(f"vault:{ODD}#K", "f", key="SK1"))

    assert [meant.place for meant in find(world.ledger, f"{ODD}#K")] == [f"vault:{HELD}#K"]


def test_a_provider_and_a_person_may_say_it_too() -> None:
    world = World()
    sweep = world.begin("vault")

    world.ledger.ended(sweep, "vault", complete=False, reason=Reason.BROKEN, message=ODD, now=world.now)
    world.ledger.audit(ODD, "acked", ODD, detail=ODD, now=world.now)

    assert world.rows("select who, subject, detail from audit") == [{"who": HELD, "subject": HELD, "detail": HELD}]
    assert world.ledger.verify_audit() is None
