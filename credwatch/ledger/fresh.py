"""New ids of credentials: short, random, and never used before."""

from __future__ import annotations

import sqlite3
from random import Random

from credwatch.ledger import names
from credwatch.ledger.rows import ids

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_BITS = 5
_SHORTEST = 4
_AT_ONCE = 128
_AMONG = "in (select value from json_each(?))"


class Fresh:
    """Drawn a hundred at a time, so that the ledger is asked once for all of them."""

    def __init__(self, db: sqlite3.Connection, random: Random) -> None:
        self._db, self._random = db, random
        self._size = _SHORTEST
        self._drawn: set[str] = set()
        self._ready: list[str] = []

    def take(self) -> str:
        """One that neither a credential has nor one that was joined into another had. Given out once."""
        while not self._ready:
            drawn = sorted(self._draw() - self._drawn)
            taken = self._taken(drawn)
            self._ready = [name for name in drawn if name not in taken]
            self._drawn.update(drawn)
            if len(self._ready) < _AT_ONCE // 2:
                self._size += 1
        return self._ready.pop()

    def _draw(self) -> set[str]:
        """From one call: the system's own randomness is asked for a hundred ids as quickly as for one."""
        letters = self._size * _AT_ONCE
        number = self._random.getrandbits(_BITS * letters)
        text = "".join(_LETTERS[number >> _BITS * place & 31] for place in range(letters))
        return {"c-" + text[at : at + self._size] for at in range(0, letters, self._size)}

    def _taken(self, drawn: list[str]) -> set[str]:
        words = {names.former(name): name for name in drawn}
        now = self._db.execute(f"select id from credential where id {_AMONG}", (ids(drawn),))  # noqa: S608  a constant
        once = self._db.execute(f"select name from alias where name {_AMONG}", (ids(list(words)),))  # noqa: S608  a constant
        return {name for (name,) in now} | {words[word] for (word,) in once}
