"""A word of a command that somebody pastes into a shell: a place is called as whoever may write its store likes."""

from __future__ import annotations

import re
import shlex

_PLAIN = re.compile(r"[\w@%+=:,./-][\w@%+=:,./#-]*", re.ASCII)


def word(text: str) -> str:
    """As a shell takes it for this one word, and for nothing else; what is plain stays as it is."""
    return text if _PLAIN.fullmatch(text) else shlex.quote(text)
