"""The static roles of a database engine: each is a user whose password the store makes, by its own schedule or at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from credwatch.sandbox.vault.answers import NOTHING, Answer, Ask, Refused, Source, seconds_of, text_of, wrapped


@dataclass
class _Role:
    username: str
    database: str
    period: int
    password: str = field(repr=False)
    turned: datetime

    def shown(self) -> dict[str, Any]:
        return {
            "credential_type": "password",
            "db_name": self.database,
            "last_vault_rotation": text_of(self.turned),
            "rotation_period": self.period,
            "rotation_statements": [],
            "username": self.username,
        }

    def given(self, now: datetime) -> dict[str, Any]:
        left = self.turned + timedelta(seconds=self.period) - now
        return {
            "last_vault_rotation": text_of(self.turned),
            "password": self.password,
            "rotation_period": self.period,
            "ttl": max(0, int(left.total_seconds())),
            "username": self.username,
        }


class Database:
    """One mount. There is no database behind it: what the users may do is nobody's business here."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._roles: dict[str, _Role] = {}

    def exists(self, path: str) -> bool:
        """Every write but a role's first is an update."""
        return not path.startswith("static-roles/") or path.removeprefix("static-roles/") in self._roles

    def handle(self, ask: Ask) -> Answer:
        """Static roles: made, listed, shown, read, turned."""
        match ask.operation, [part for part in ask.path.split("/") if part]:
            case "list", ["static-roles"]:
                return self._source.keys(sorted(self._roles))
            case "update", ["static-roles", name]:
                return self._make(name, ask)
            case "read", ["static-roles", name]:
                return self._source.answer(self._role(name).shown())
            case "read", ["static-creds", name]:
                return self._source.answer(self._role(name).given(self._source.now()))
            case "update", ["rotate-role", name]:
                role = self._role(name)
                role.password, role.turned = self._source.letters(20), self._source.now()
                return NOTHING
            case _:
                raise wrapped(404, "unsupported path")

    def _make(self, name: str, ask: Ask) -> Answer:
        """A role that is made is turned at once."""
        period = seconds_of(ask.body.get("rotation_period"))
        if not period:
            raise Refused(400, "rotation_period is required to create static accounts")
        user, database = str(ask.body.get("username") or name), str(ask.body.get("db_name") or "")
        self._roles[name] = _Role(user, database, period, self._source.letters(20), self._source.now())
        return NOTHING

    def _role(self, name: str) -> _Role:
        if name not in self._roles:
            raise Refused(400, f"unknown role: {name}")
        return self._roles[name]
