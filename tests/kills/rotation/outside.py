"""What is true when all is over, as the servers and the disk have it; what the ledger says of itself is not asked."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing

from credwatch.ledger import audit
from credwatch.ledger.journal import chain
from credwatch.sandbox.keys import Key
from tests.kills.rotation.gate import Case
from tests.kills.rotation.yard import Yard


def damage(yard: Yard) -> Iterator[str]:
    """What is wrong with the ledger as it lies there; it is looked at in a copy."""
    if not (yard.data / "credwatch.db").exists():
        yield "there is no ledger any more"
        return
    lying = yard.folder / "lying"
    shutil.rmtree(lying, ignore_errors=True)
    shutil.copytree(yard.data, lying)
    with closing(sqlite3.connect(lying / "credwatch.db")) as db:
        db.row_factory = sqlite3.Row
        for pragma in ("integrity_check", "foreign_key_check"):
            yield from (str(tuple(row)) for row in db.execute(f"pragma {pragma}") if tuple(row) != ("ok",))
        for name, verify in (("journal", chain.verify), ("audit", audit.verify)):
            if (row := verify(db)) is not None:
                yield f"the chain of the {name} is broken at {row}"


def ended_well(yard: Yard, case: Case) -> Iterator[str]:
    """The new key everywhere, the old one refused, and nothing else changed."""
    maker, old = yard.makers[case.vendor], yard.old(case)
    if yard.state() != "done":
        yield f"it is {yard.state() or 'not begun'}"
    made = maker.made()
    if len(made) != 1:
        yield f"{len(made)} keys of ours are there"
    if maker.alive(old):
        yield "the old key works"
    for key in made:
        if _like(key) != _like(old):
            yield f"{key.name} is not made like the old one"
    for name, shelf in yard.places(case):
        if (found := maker.takes(shelf.held(name))) is None or [found.id] != [key.id for key in made]:
            yield f"{name} does not hold the one new key"
    yield from rest(yard, case)


def _like(key: Key) -> object:
    return key.account, sorted(key.scopes), key.traits.get("policy"), key.traits.get("tags")


def rest(yard: Yard, case: Case) -> Iterator[str]:
    """What holds of every end: nothing is pending, and all else is as it was."""
    maker, old = yard.makers[case.vendor], yard.old(case)
    yield from yard.wrong
    yield from maker.untouched(old)
    for other in yard.makers.values():
        if other is not maker and other.changed():
            yield f"{other.name} was changed"
    for shelf in yard.shelves.values():
        if shelf.leftover():
            yield f"something is pending in {shelf.provider}"
    values = set(maker.fields(old))
    for name, shelf in yard.places(case):
        if shelf.shape(name) != yard.shapes[name]:
            yield f"{name} is not as it was"
        before = {field: value for field, value in yard.laid[name].items() if field not in values}
        if {field: value for field, value in shelf.held(name).items() if field not in values} != before:
            yield f"another field of {name} was changed"
    yield from damage(yard)
