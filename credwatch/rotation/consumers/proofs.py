"""Which key a consumer says that it uses: a page or a file that shows the id of it, or its end."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from credwatch.config.addresses import plain_host_of
from credwatch.contract import ProviderError
from credwatch.model import Reason
from credwatch.transport import Transport

LARGEST = 1 << 20
_TAIL = 4
"""Characters. A shorter end of an id is any number."""
_WORD = re.compile(r"(?P<cut>…|\.{2,}|\*+|•+)?(?P<word>[A-Za-z0-9][\w-]*)", re.ASCII)
_RUN = re.compile(r"[^\s\"'=,;()\[\]{}<>]+")
_SIGN = re.compile(r"[^a-z0-9]")
_HEX = re.compile(r"[0-9a-f]+(?:-[0-9a-f]+)*")


class Page:
    """An address. It is reached directly; what it shows is no secret, so plain http will do."""

    def __init__(self, url: str, transport: Transport) -> None:
        self._url = url
        self._http = transport.to({plain_host_of(url)}, max_body=LARGEST, direct=True, plain=True)

    def text(self) -> str:
        """What it shows. ProviderError when it shows nothing."""
        reply = self._http.send("GET", self._url, headers={"accept": "application/json, text/plain"})
        if reply.status != 200:
            raise ProviderError(Reason.UNEXPECTED, f"its proof answered HTTP {reply.status}")
        return reply.body.decode("utf-8", "replace")


class Shown:
    """A file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def text(self) -> str:
        """What is in it. ProviderError when nothing can be read."""
        try:
            if not stat.S_ISREG(self._path.stat().st_mode):
                raise ProviderError(Reason.MISCONFIGURED, f"its proof {self._path} is no plain file")
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                text = file.read(LARGEST + 1).decode("utf-8", "replace")
        except OSError as error:
            raise ProviderError(Reason.NOT_FOUND, f"its proof {self._path}: {error.strerror}") from None
        if len(text) > LARGEST:
            raise ProviderError(Reason.TOO_LARGE, f"its proof {self._path} is larger than 1 MiB")
        return text


def shows(text: str, key_id: str, fields: Collection[str] = ()) -> bool | None:
    """Whether every line that names a key names this one; None: no line names any.

    A key is named by its id, or by an end of it of four characters or more, as a whole word. Another one is named by
    the end of an id that is cut off ("…41d2"), or by a word that is made like this one's id, or like the end by which
    this one is named. Where lines name one of the fields in which it is kept, these lines are about it, and of the others
    only such a whole id is.
    """
    wanted = key_id.casefold()
    if len(wanted) < _TAIL:
        return None
    lines = [(about, _words(line)) for about, line in _lines(text, fields)]
    forms = {wanted} | {word for _, words in lines for word, _ in words if _is(word, wanted)}
    labelled = any(about for about, _ in lines)
    said = [
        named
        for about, words in lines
        if (named := _named(words, wanted, forms, about=about, labelled=labelled)) is not None
    ]
    return all(said) if said else None


def _named(
    words: Collection[tuple[str, bool]],
    wanted: str,
    forms: Collection[str],
    *,
    about: bool,
    labelled: bool,
) -> bool | None:
    """Whether a line names this key and no other; None: it names none, or not one of ours."""
    others = [(word, cut) for word, cut in words if not _is(word, wanted)]
    if labelled and not about:
        return False if any(_made_like(word, wanted) for word, _ in others) else None
    new = len(others) < len(words)
    other = any((cut and len(word) >= _TAIL) or any(_made_like(word, form) for form in forms) for word, cut in others)
    return new and not other if about or new or other else None


def _is(word: str, wanted: str) -> bool:
    return word == wanted or (len(word) >= _TAIL and wanted.endswith(word))


def _made_like(word: str, form: str) -> bool:
    """As long, the same signs at the same places, a digit where there was one, and hexadecimal if that was."""
    return (
        len(word) == len(form)
        and _SIGN.findall(word) == _SIGN.findall(form)
        and [found.start() for found in _SIGN.finditer(word)] == [found.start() for found in _SIGN.finditer(form)]
        and (any(map(str.isdigit, word)) or not any(map(str.isdigit, form)))
        and (_HEX.fullmatch(word) is not None or _HEX.fullmatch(form) is None)
    )


def _words(line: str) -> Collection[tuple[str, bool]]:
    """Each word, and whether what stands before it was cut off. A run without a space is one too: an id may hold signs."""
    words = {(found["word"].casefold(), found["cut"] is not None) for found in _WORD.finditer(line)}
    return words | {(run, False) for run in _RUN.findall(line.casefold()) if _SIGN.search(run)}


def _lines(text: str, fields: Collection[str]) -> Iterator[tuple[bool, str]]:
    """Each line that says something, and whether it is about one of these fields, whose names are left out.

    Of JSON a line is a value with the names that lead to it; what stands under such a field belongs together.
    """
    try:
        yield from _leaves(json.loads(text), "", frozenset(fields), about=False)
    except (ValueError, RecursionError):
        names = "|".join(re.escape(field) for field in fields)
        label = re.compile(rf"(?<!\w)(?:{names})(?!\w)" if names else r"(?!)", re.ASCII)
        for line in text.splitlines():
            rest, count = label.subn(" ", line)
            if _WORD.search(rest):
                yield count > 0, rest


def _leaves(thing: Any, path: str, fields: Collection[str], *, about: bool) -> Iterator[tuple[bool, str]]:
    if isinstance(thing, list):
        for inner in thing:
            yield from _leaves(inner, path, fields, about=about)
    elif not isinstance(thing, dict):
        yield about, f"{path} {thing}"
    elif about:
        yield True, json.dumps(thing, ensure_ascii=False)
    else:
        for name, inner in thing.items():
            ours = name in fields
            yield from _leaves(inner, path if ours else f"{path} {name}", fields, about=ours)
