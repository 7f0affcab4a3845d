"""What minters and stagers have in common: names under a mark, lifetimes, and what an answer to a change means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import PlainValidator

from credwatch.contract.replies import Reply, otherwise
from credwatch.errors import Conflict, ProviderError
from credwatch.model import NEVER, Carried, Facts, Reason
from credwatch.secrets import Secret

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_WORD = re.compile(r"[A-Za-z][A-Za-z_]{2,39}|\d{1,6}")
"""What is quoted of an answer: never anything that could be a value."""
_FULL = re.compile(
    r"\b(limit|maximum|max|too many)\b.*\bkeys?\b|\bkeys?\b.*\b(limit|maximum|max|too many)\b", re.DOTALL
)
_UNSURE = frozenset({408, 425, 429})
"""Of 400 to 499: it may have been taken all the same."""
_REASONS = {401: Reason.LOGIN_REFUSED, 402: Reason.OUT_OF_CREDIT, 403: Reason.FORBIDDEN, 404: Reason.NOT_FOUND}
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def _secret(value: object) -> Secret:
    if not isinstance(value, str) or not value:
        raise ValueError("there is no value")
    return Secret(value)


Shown = Annotated[Secret, PlainValidator(_secret)]
"""A field of an answer that shows a value once: it is never anything but a Secret."""


def named(like: Facts, mark: str, longest: int) -> str:
    """What a successor is called: the old name, so that a person still knows it, and the mark, whole."""
    return f"{(like.called or '')[: longest - len(mark) - 1].rstrip()} {mark}".strip()


def exact(text: str | None, what: str) -> str:
    """An id that can be nothing but the last part of a path. ProviderError when it is not one: nothing was sent."""
    if text is None or not _ID.fullmatch(text):
        raise ProviderError(Reason.MALFORMED, f"the id of this {what} is not known", permanent=True)
    return text


def life(like: Facts, lifetime: timedelta | None) -> timedelta | None:
    """How long a successor lives: as told, else as the old one did; None: without end. ProviderError when nobody knows."""
    if lifetime is not None:
        return lifetime
    if like.expires == NEVER:
        return None
    if like.expires is None or like.created is None or like.expires <= like.created:
        raise ProviderError(Reason.MISCONFIGURED, UNKNOWN_LIFE, permanent=True)
    return like.expires - like.created


UNKNOWN_LIFE = "it is not known for how long the old key was made. Say so in a rule: expires"


def ending(
    like: Facts, lifetime: timedelta | None, now: datetime, span: tuple[timedelta, timedelta] | None = None
) -> Carried:
    """The end of a successor, in words; `span`: the shortest and the longest life that the vendor allows."""
    try:
        lives = life(like, lifetime)
    except ProviderError as error:
        return Carried(lost=(f"its lifetime: {error}",))
    if lives is None:
        return Carried(same=("never expires",))
    cut = lives if span is None else min(max(lives, span[0]), span[1])
    words = f"expires in {length(cut)}, {_day(now + cut)}"
    if cut != lives:
        words += f" (the vendor allows no {'more' if cut < lives else 'less'})"
    if lifetime is None:
        return Carried(changes=(f"{words}, as long as the old one had",))
    try:
        before = life(like, None)
    except ProviderError:
        return Carried(changes=(words,))
    if before is None:
        return Carried(changes=(f"{words}; the old one never expires",))
    same = " too" if before == lives else ""
    return Carried(changes=(f"{words}; the old one had {length(before)}{same}",))


def together(parts: Iterable[Carried]) -> Carried:
    """All of these, in their order."""
    every = tuple(parts)
    return Carried(
        tuple(line for part in every for line in part.same),
        tuple(line for part in every for line in part.changes),
        tuple(line for part in every for line in part.lost),
    )


def length(span: timedelta) -> str:
    """A length of time in words, rounded down."""
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if span >= unit:
            count = span // unit
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "less than a minute"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"


def denied(reply: Reply, word: str, said: str, what: str) -> ProviderError:
    """What an answer means that is not the one which a change has.

    `word` is the vendor's own code, and `said` what it says beside it, which is read and not repeated. Only with such a
    code a refusal is one: a 4xx without it may come from somebody on the way, and then nobody knows.
    """
    quoted = f"{reply.status} {word}" if _WORD.fullmatch(word) else f"HTTP {reply.status}"
    if not word or not 400 <= reply.status < 500 or reply.status in _UNSURE:
        return ProviderError(otherwise(reply).reason, f"{what}: {quoted}; whether it was done is not known")
    if reply.status in {400, 403, 409, 422} and _FULL.search(f"{word} {said}".lower().replace("_", " ")):
        return ProviderError(Reason.AT_LIMIT, f"{what}: {quoted}, no further key is allowed", permanent=True)
    return ProviderError(_REASONS.get(reply.status, Reason.REFUSED), f"{what}: {quoted}", permanent=True)


@contextmanager
def after_writing() -> Iterator[None]:
    """Of what fails after a write, nothing says that nothing was changed, but a Conflict that was put right."""
    try:
        yield
    except Conflict:
        raise
    except ProviderError as error:
        raise type(error)(error.reason, str(error)) from None
