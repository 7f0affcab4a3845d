"""What may change something is sent only by a connection that was opened to write, and then once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from credwatch.contract import Http, ProviderError, Reason, Reply

_READING = frozenset({"GET", "HEAD", "LIST", "OPTIONS"})

Harmless = Callable[[str, str, Mapping[str, str], bytes], bool]
"""Of a method, URL, headers and body: whether such a request changes nothing."""


class Guarded:
    """An Http to a connection: patient with what changes nothing.

    The rest is refused before anything is on the wire or, with `writes`, sent once: after a lost answer, or a 429 of
    something on the way, nobody knows whether it was done.
    """

    def __init__(self, patient: Http, once: Http, harmless: Harmless | None, *, writes: bool) -> None:
        self._patient = patient
        self._once = once
        self._harmless = harmless
        self._writes = writes

    def now(self) -> datetime:
        """The wall clock, for signatures."""
        return self._patient.now()

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """As `Http.send`. ProviderError(MISCONFIGURED, permanent) for what may change something and must not."""
        changes = method.upper() not in _READING and not (
            self._harmless and self._harmless(method.upper(), url, headers, body)
        )
        if changes and not self._writes:
            said = f"a {method.upper()} may change something, and this connection was opened to read"
            raise ProviderError(Reason.MISCONFIGURED, said, permanent=True)
        return (self._once if changes else self._patient).send(method, url, headers=headers, body=body)
