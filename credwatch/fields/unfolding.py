"""A stored payload -> its leaves. Knows no vendor and no store; reads text, decides nothing about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from credwatch.fields import dotenv, json_text
from credwatch.fields.text import bare, called, encoded, paths, stored
from credwatch.model import Payload
from credwatch.secrets import Secret

DEEPEST = 24
"""So many names may stand in a leaf's path; what is nested deeper stays one leaf."""


@dataclass(frozen=True)
class Leaf:
    """One string of a payload. Its name is the path to it, joined by "."; "" for a bare string."""

    name: str
    value: Secret


def unfold(payload: Payload) -> list[Leaf]:
    """Every string that stands in the payload, however it is wrapped, without the newline that editors add.

    JSON objects and arrays are opened, also inside a string, and a bare blob in dotenv form; of a name that stands twice
    the last holds, as for who uses it. Numbers, booleans and nulls are no leaves. UTF-16 is read where its mark stands
    at the beginning, as editors on Windows write it. What cannot be read stays one leaf. `.` `#` `%` `*` in a name, and what no database can hold
    as text, are percent-encoded: two leaves never share a name.
    """
    leaves: list[Leaf] = []
    for path, secret in zip(paths(list(payload.parts)), payload.parts.values(), strict=True):
        try:
            leaves.extend(_opened(stored(secret).text, path))
        except RecursionError:
            leaves.append(_leaf(path, secret.reveal()))
    return leaves


def _opened(text: str, path: tuple[str, ...]) -> Iterator[Leaf]:
    """The leaves of one string."""
    container = json_text.read(text)
    if container is not None and len(path) < DEEPEST:
        yield from _walked(container, path)
    elif not path and (assigned := dotenv.assignments(text)):
        for name, layer in assigned.items():
            yield from _opened(layer.text, (encoded(name),))
    else:
        yield _leaf(path, text)


def _walked(node: Any, path: tuple[str, ...]) -> Iterator[Leaf]:
    """The leaves of parsed JSON."""
    if isinstance(node, str):
        yield from _opened(node, path)
    elif isinstance(node, dict | list):
        if len(path) >= DEEPEST:
            yield _leaf(path, json.dumps(node))
            return
        children = node.items() if isinstance(node, dict) else ((str(at), child) for at, child in enumerate(node))
        for name, child in children:
            yield from _walked(child, (*path, encoded(name)))


def _leaf(path: tuple[str, ...], text: str) -> Leaf:
    return Leaf(called(path), Secret(bare(text)))
