"""What engines are asked and how they answer: the envelope, the refusals, times and durations as Vault writes them."""

from __future__ import annotations

import random
import re
import string
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

NEVER_EXPIRES = "0001-01-01T00:00:00Z"

_UNITS = {"h": 3600, "m": 60, "s": 1, "d": 86400}
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Ask:
    """One authorised request; `path` begins below the mount."""

    operation: str
    """read, list, scan, update, patch or delete."""
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """A status and a body; None is an empty one."""

    status: int = 200
    body: Mapping[str, Any] | None = None


NOTHING = Answer(204)


class Refused(Exception):  # noqa: N818  a refusal is an answer, not a fault
    """An answer that is a refusal, with Vault's words."""

    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(*errors)
        self.answer = Answer(status, {"errors": list(errors)})


def wrapped(status: int, words: str) -> Refused:
    """A refusal in the form of an error list, as Vault writes most of them."""
    return Refused(status, f"1 error occurred:\n\t* {words}\n\n")


DENIED = "permission denied"


class Source:
    """Time and chance, and what is made of them."""

    def __init__(self, now: Callable[[], datetime], chance: random.Random) -> None:
        self.now = now
        self._chance = chance

    def letters(self, length: int = 24) -> str:
        """Letters and digits, as in tokens and accessors."""
        return "".join(self._chance.choices(_ALPHABET, k=length))

    def uuid(self) -> str:
        """A random UUID."""
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))

    def answer(self, data: object = None, **more: object) -> Answer:
        """The envelope around data; `more` sets its other fields."""
        body = {
            "request_id": self.uuid(),
            "lease_id": "",
            "renewable": False,
            "lease_duration": 0,
            "data": data,
            "wrap_info": None,
            "warnings": None,
            "auth": None,
        }
        status = 404 if more.pop("missing", False) else 200
        return Answer(status, body | more)

    def keys(self, names: list[str]) -> Answer:
        """A listing; an empty one is a 404 without words."""
        if not names:
            raise Refused(404)
        return self.answer({"keys": names})


def text_of(moment: datetime | None) -> str:
    """RFC 3339 in UTC with nanoseconds; empty for no moment."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z") if moment else ""


def seconds_of(duration: object) -> int:
    """A number of seconds, or a text such as `3h25m19s`."""
    if isinstance(duration, int):
        return duration
    text = str(duration or "0")
    if text.isdecimal():
        return int(text)
    if not re.fullmatch(r"(\d+[dhms])+", text):
        raise Refused(400, f"error converting input {text} for duration")
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([dhms])", text))


def duration_of(seconds: int) -> str:
    """`3h25m19s`, without the parts that are zero."""
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def after(moment: datetime, seconds: int) -> datetime | None:
    """When that many seconds have passed; None when they are zero, which means never."""
    return moment + timedelta(seconds=seconds) if seconds else None
