"""Looks for values in what was written, however they are encoded. Knows nothing of who wrote it."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

SHORTEST = 8
"""A form with fewer bytes would be found everywhere."""


_WINDOW = 6
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_LARGEST = 1 << 24


@dataclass(frozen=True, order=True)
class Hit:
    """A value that was found: which one, in what form, and where."""

    name: str
    form: str
    where: str


def forms(value: str) -> Iterator[tuple[str, bytes]]:
    """The value as it may stand in a file, a log or a message, each form with its name."""
    raw = value.encode()
    yield "raw", raw
    if len(raw) >= 3 * SHORTEST:
        yield "first half", raw[: len(raw) // 2]
        yield "last half", raw[len(raw) // 2 :]
    for shift in range(3):
        letters = _core(raw, shift)
        yield f"base64 at {shift}", letters
        yield f"base64url at {shift}", letters.translate(bytes.maketrans(b"+/", b"-_"))
    yield "hex", raw.hex().encode()
    yield "HEX", raw.hex().upper().encode()
    for name, text in (
        ("url", quote(value, safe="")),
        ("url path", quote(value)),
        ("form", quote_plus(value)),
        ("json", json.dumps(value)[1:-1]),
        ("json in json", json.dumps(json.dumps(value)[1:-1])[1:-1]),
        ("repr", repr(value)[1:-1]),
        ("repr of bytes", repr(raw)[2:-1]),
    ):
        yield name, text.encode()


def _core(raw: bytes, shift: int) -> bytes:
    """The letters of base64 that are the same whatever stands around the value, which begins at this byte of three."""
    letters = base64.b64encode(b"\0" * shift + raw).rstrip(b"=")
    begins = -(-shift * 8 // 6)
    ends = (shift + len(raw)) * 8 // 6
    return letters[begins:ends]


class Search:
    """Some values, and how each may be written."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        self._looked: dict[bytes, tuple[str, str]] = {}
        for name, value in values:
            for form, written in forms(value):
                if len(written) >= SHORTEST:
                    self._looked.setdefault(written, (name, form))
        self._windows: dict[bytes, set[bytes]] = {}
        self._short = [written for written in self._looked if len(written) < 2 * _WINDOW - 1]
        for written in self._looked.keys() - set(self._short):
            for begin in range(_WINDOW):
                self._windows.setdefault(written[begin : begin + _WINDOW], set()).add(written)

    def hits(self, where: str, content: bytes | str) -> list[Hit]:
        """Every value that stands in there, in every form that it has there; what is compressed is unpacked."""
        octets = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        found = {Hit(*self._looked[written], where) for written in self._perhaps(octets) if written in octets}
        return sorted(found.union(*(self.hits(where, inside) for inside in unpacked(octets))))

    def _perhaps(self, octets: bytes) -> Iterator[bytes]:
        """All that is in there, and more: whatever is long enough covers one of the windows that begin at every sixth
        byte.
        """
        yield from self._short
        looked = {octets[begin : begin + _WINDOW] for begin in range(0, len(octets), _WINDOW)}
        for window in looked & self._windows.keys():
            yield from self._windows[window]


def unpacked(octets: bytes) -> Iterator[bytes]:
    """What gzip or zlib compressed somewhere in there."""
    for head in _PACKED.finditer(octets):
        try:
            inside = zlib.decompressobj(wbits=47).decompress(octets[head.start() :], _LARGEST)
        except zlib.error:
            continue
        if inside:
            yield inside
