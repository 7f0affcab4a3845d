"""Whether what a table refers to is here: the secrets of what rotates are mounted in one container, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def present(table: Any, environ: Mapping[str, str]) -> bool:
    """Whether everything that it refers to is here; nothing is read."""
    return all(_here(text, environ) for text in _texts(table))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)


def _here(reference: str, environ: Mapping[str, str]) -> bool:
    if reference.startswith("env:"):
        return reference.removeprefix("env:") in environ
    return not reference.startswith("file:") or Path(reference.removeprefix("file:")).exists()
