"""A value that can be carried but not shown."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import NoReturn, Self

_alive: weakref.WeakValueDictionary[int, Secret] = weakref.WeakValueDictionary()
_ours: list[Secret] = []


class Secret:
    """One secret value. It has no text, no equality, no hash, no copy and no pickle.

    Bytes that are not UTF-8 travel as surrogate escapes, so that what was read is written back to the byte.
    """

    __slots__ = ("__value", "__weakref__")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: str | bytes) -> None:
        self.__value = value if isinstance(value, str) else value.decode("utf-8", "surrogateescape")
        _alive[id(self)] = self

    def reveal(self) -> str:
        """The value itself. Called only where it goes on the wire, or is folded into a fingerprint."""
        return self.__value

    def reveal_bytes(self) -> bytes:
        """The value as the bytes that were read."""
        return self.__value.encode("utf-8", "surrogateescape")

    def ours(self) -> Self:
        """The same, known as one of our own until this process ends: a library may quote it after we have let go of it."""
        if all(self.__value != other.reveal() for other in _ours):
            _ours.append(self)
        return self

    def __len__(self) -> int:
        return len(self.__value)

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "<secret>"

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("secrets are not compared; compare fingerprints")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("secrets are not copied or pickled")


def alive() -> Iterator[Secret]:
    """Every secret that is held somewhere in this process at this moment."""
    return iter(list(_alive.values()))


def own() -> Iterator[Secret]:
    """Every secret of our own that this process has held so far."""
    return iter(tuple(_ours))
