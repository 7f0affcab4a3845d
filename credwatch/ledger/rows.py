"""Rows as dictionaries, and lists as one parameter."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

Row = dict[str, Any]

ids = json.dumps
"""A list of any length as one parameter, for `in (select value from json_each(?))`."""


def columns(names: str) -> tuple[str, ...]:
    """The names of columns, parted by spaces."""
    return tuple(names.split())


def select(db: sqlite3.Connection, query: str, *values: object) -> list[Row]:
    """Every row of the query."""
    cursor = db.execute(query, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def first(db: sqlite3.Connection, query: str, *values: object) -> Row | None:
    """The first row of the query, if there is one."""
    return next(iter(select(db, query, *values)), None)


def count(db: sqlite3.Connection, query: str, *values: object) -> int:
    """The one number that the query asks for; 0 for null."""
    return int(db.execute(query, values).fetchone()[0] or 0)


def write(db: sqlite3.Connection, table: str, some: Iterable[str], rows: Iterable[Row], *, key: str = "") -> None:
    """Insert the rows; with a key, update those that are there."""
    names = tuple(some)
    query = f"insert into {table} ({', '.join(names)}) values ({', '.join('?' * len(names))})"  # noqa: S608  names are ours
    if key:
        keys = {name.strip() for name in key.split(",")}
        changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
        query += f" on conflict ({key}) do update set {changed}"
    db.executemany(query, _values(names, rows))


def update(db: sqlite3.Connection, table: str, some: Iterable[str], rows: Iterable[Row], *, key: str) -> None:
    """Set these columns of rows that are there."""
    names, keys = tuple(some), tuple(name.strip() for name in key.split(","))
    changed, these = ", ".join(f"{name} = ?" for name in names), " and ".join(f"{name} = ?" for name in keys)
    db.executemany(f"update {table} set {changed} where {these}", _values((*names, *keys), rows))  # noqa: S608  names are ours


def _values(names: tuple[str, ...], rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    """In this order: SQLite takes them sooner by their place than by their name."""
    return map(itemgetter(*names), rows) if len(names) > 1 else ((row[names[0]],) for row in rows)
