"""The one error tree.

    CredwatchError                 everything that we raise on purpose
    ├── ConfigError                names the file, the key, what is wrong and the fix
    ├── ProviderError              a store or a vendor's list cannot be read: reason, message, permanent
    │   ├── TransportError         one request got no answer that can be read
    │   └── Conflict               somebody else wrote there meanwhile; nothing was changed
    ├── DeliveryError              a channel did not take a message: reason, permanent, retry_after
    └── LedgerError                the ledger cannot be used
        ├── LedgerLocked           another process is at work
        ├── LedgerFailing          its disk is full, read-only or broken
        ├── LedgerTooNew           a newer credwatch wrote it
        └── LedgerCorrupt          SQLite cannot read it

Each class names the exit code of a command that ends with it (sysexits.h).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from credwatch.model import Reason


class CredwatchError(Exception):
    """Something that we raise on purpose; its text is for the person at the terminal and ends with what to do."""

    exit_code = 70


class ConfigError(CredwatchError):
    """The configuration is wrong."""

    exit_code = 78


class ProviderError(CredwatchError):
    """A store or a vendor's list cannot be read. Raised `from None`: a cause may quote a secret."""

    exit_code = 69

    def __init__(self, reason: Reason, message: str = "", *, permanent: bool = False) -> None:
        super().__init__(message or reason.value)
        self.reason = reason
        self.permanent = permanent


class TransportError(ProviderError):
    """One request got no answer that can be read."""


class Conflict(ProviderError):  # noqa: N818  the state is the name
    """Somebody else wrote there meanwhile. Nothing was changed."""


class DeliveryError(CredwatchError):
    """A channel did not take a message."""

    exit_code = 69

    def __init__(self, reason: str, *, permanent: bool = False, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.retry_after = retry_after


class LedgerError(CredwatchError):
    """The ledger cannot be used."""

    exit_code = 74


class LedgerLocked(LedgerError):  # noqa: N818  the state is the name
    """Another process is at work."""

    exit_code = 75


class LedgerFailing(LedgerError):  # noqa: N818  the state is the name
    """Its disk is full, read-only or broken."""


class LedgerTooNew(LedgerError):  # noqa: N818  the state is the name
    """A newer credwatch wrote it."""


class LedgerCorrupt(LedgerError):  # noqa: N818  the state is the name
    """SQLite cannot read it."""
