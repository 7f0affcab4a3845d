"""Somebody else's words before they are kept: a plug-in, or a vendor through it, may quote what it was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from credwatch.log import MASK, Scrubber, unquoted
from credwatch.model import Facts, ProbeResult, Unlisted
from credwatch.secrets import Secret

_LINE = 16
"""Of a value that has several lines one may be quoted."""


def unlisted(part: Unlisted) -> Unlisted:
    """The same, of a part that could not be listed."""
    return replace(part, message=unquoted(part.message)) if part.message else part


def unquoted_answer(result: ProbeResult, tried: Sequence[Secret]) -> ProbeResult:
    """The answer, without the secrets that were tried: in its words, and in what it says of the key."""
    texts = [result.detail, *_texts(result.facts)]
    longest = max(map(len, texts))
    if longest < min(map(_shortest, tried), default=0):
        return result  # however a value is written, it becomes no shorter
    scrubber = Scrubber(tried)
    said = "\0".join(texts)
    if scrubber.scrub(said) == said:
        return result
    return replace(result, detail=scrubber.scrub(result.detail), facts=_without(result.facts, scrubber))


def _shortest(secret: Secret) -> int:
    value = secret.reveal().strip()
    return _LINE if "\n" in value else len(value)


def _texts(facts: Facts) -> list[str]:
    one_by_one = (facts.account, facts.key_id, facts.name, facts.hint, facts.creator)
    return [text for text in (*one_by_one, *(facts.scopes or ())) if text]


def _without(facts: Facts, scrubber: Scrubber) -> Facts:
    """A name that quotes the key is no name."""
    said = {name: text for name, text in vars(facts).items() if isinstance(text, str) and MASK in scrubber.scrub(text)}
    scopes = facts.scopes and frozenset(map(scrubber.scrub, facts.scopes))
    return replace(facts, scopes=scopes, **dict.fromkeys(said))
