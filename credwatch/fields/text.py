"""A stored value as text: its encoding is taken off, and put on again. And what a leaf is called."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from credwatch.secrets import Secret

_ENCODED = re.compile(r"[.#%*\x00\ud800-\udfff]")
_UTF_16 = {
    mark.decode("utf-8", "surrogateescape"): encoding
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
}
"""By the mark at the beginning, as it looks when it was taken for UTF-8."""
_MARK = "\ufeff"


@dataclass(frozen=True)
class Stored:
    """What was stored, as text, without the mark of a byte order."""

    text: str
    encoding: str = ""
    """Empty: as it came."""
    mark: str = ""

    def again(self, text: str) -> Secret:
        """This text, stored as the other was. UnicodeError when its encoding has no room for it."""
        whole = self.mark + text
        return Secret(whole.encode(self.encoding) if self.encoding else whole)


def stored(secret: Secret) -> Stored:
    """The text of a value. UTF-16 is read where its mark stands at the beginning, as editors on Windows write it."""
    text, encoding = secret.reveal(), _UTF_16.get(secret.reveal()[:2], "")
    if encoding:
        try:
            text = secret.reveal_bytes().decode(encoding)
        except UnicodeError:
            return Stored(text)
    return Stored(text.removeprefix(_MARK), encoding, _MARK if text.startswith(_MARK) else "")


def paths(names: list[str]) -> list[tuple[str, ...]]:
    """Where the leaves of each of these parts begin: a part without a name that stands alone is the whole."""
    return [() if name == "" and len(names) == 1 else (encoded(name),) for name in names]


def encoded(name: str) -> str:
    """A name as it stands in a path: what means something there, and what no database can hold, is percent-encoded."""
    return _ENCODED.sub(lambda one: "".join(f"%{byte:02X}" for byte in one[0].encode("utf-8", "surrogatepass")), name)


def called(path: tuple[str, ...]) -> str:
    """The name of the leaf at the end of this path."""
    return ".".join(path)


def bare(text: str) -> str:
    """The text without the newlines that editors add."""
    return text.rstrip("\r\n")
