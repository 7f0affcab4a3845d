"""Near misses: what somebody meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str], alike: float = 0.6) -> str | None:
    """The known word that is most like this one, if one is alike enough; upper and lower case do not differ."""
    by_lower = {name.lower(): name for name in sorted(known, reverse=True)}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=alike)
    return by_lower[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str], form: str = "{}") -> str:
    """` Did you mean token?`, or nothing."""
    near = nearest(word, known)
    return f" Did you mean {form.format(near)}?" if near else ""
