"""What the ledger remembers, read while the program does not run."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from tests.end_to_end.world import World


def rows(world: World, query: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with closing(sqlite3.connect(world.data / "credwatch.db")) as db:
        return db.execute(query, values).fetchall()


def held(world: World) -> dict[str, str]:
    """Place to credential, of all that is held now."""
    return dict(rows(world, "select place, credential_id from copy where ended_at is null"))


def named(world: World, place: str) -> tuple[str, str]:
    """Kind and status of what a place holds."""
    query = "select kind, status from credential c join copy h on h.credential_id = c.id"
    ((kind, status),) = rows(world, f"{query} where h.place = ? and h.ended_at is null", place)
    return kind, status


def ended(world: World) -> list[tuple[str, str]]:
    """Every place that has lost what it held, and how; of the lists too."""
    return [
        *rows(world, "select place, ended from copy where ended_at is not null order by place"),
        *rows(world, "select place, 'unlisted' from listed where ended_at is not null order by place"),
    ]


def gone(world: World) -> list[str]:
    """The credentials that are called gone."""
    return [credential for (credential,) in rows(world, "select id from credential where status = 'gone'")]


def tries(world: World, place: str) -> list[str]:
    """The answers that what a place holds has ever got, in their order."""
    query = "select p.validity, p.times from probe p join copy h on h.credential_id = p.credential_id where h.place = ? order by p.at"
    return [validity for validity, times in rows(world, query, place) for _ in range(times)]
