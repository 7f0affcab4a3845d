"""JSON of which nothing is changed on its way through us: each value as the text that was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from credwatch.contract import Payload, ProviderError, Reason, Secret

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(parse_int=float)
"""Only where a value ends is taken from it: so a number may have any length."""


def members(text: str) -> dict[str, str]:
    """The members of an object, each as it is written. ValueError when the text is none."""
    found: dict[str, str] = {}
    at = _after(text, _skipped(text, 0), "{")
    if text[at : at + 1] == "}":
        return found
    while True:
        name, at = _DECODER.raw_decode(text, at)
        begins = _after(text, _skipped(text, at), ":")
        _, ends = _DECODER.raw_decode(text, begins)
        found[str(name)] = text[begins:ends]
        at = _skipped(text, ends)
        if text[at : at + 1] == "}":
            return found
        at = _after(text, at, ",")


def written(parts: Mapping[str, str]) -> str:
    """An object of these members."""
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in parts.items()) + "}"


def payload_of(parts: Mapping[str, str]) -> Payload:
    """What an item holds: text as it is meant, all else as JSON."""
    return Payload({name: Secret(_meant(value)) for name, value in parts.items()})


def replaced(parts: Mapping[str, str], payload: Payload) -> dict[str, str]:
    """The members as this payload has them: what it leaves alone stays as it is written, and of its type.

    MALFORMED, permanent, for what no JSON can hold.
    """
    return {name: _written(parts.get(name), secret.reveal(), name) for name, secret in payload.parts.items()}


def _written(former: str | None, text: str, name: str) -> str:
    if former is not None and _meant(former) == text:
        return former
    try:
        if former is None or former.startswith('"'):
            text.encode()
            return json.dumps(text)
        kept = not isinstance(json.loads(text, parse_int=float), str)
    except (ValueError, RecursionError):
        kept = False
    if not kept:
        raise ProviderError(Reason.MALFORMED, f"{name}: JSON cannot hold the new value", permanent=True)
    return text


def _meant(value: str) -> str:
    return str(json.loads(value)) if value.startswith('"') else value


def _skipped(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]


def _after(text: str, at: int, sign: str) -> int:
    """Where it goes on after this sign."""
    if text[at : at + 1] != sign:
        raise ValueError
    return _skipped(text, at + 1)
