"""What a person decides of a rotation, in the audit: before it holds, and what became of it where it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from credwatch.errors import ConfigError, ProviderError
from credwatch.ledger import Ledger
from credwatch.model.rotating import Rotation
from credwatch.rotation.choosing import ChoiceError


@dataclass(frozen=True)
class Word:
    """What somebody decides, and why."""

    by: str
    action: str
    reason: str = ""
    choice: str = ""

    @contextmanager
    def of(self, rotation: Rotation, ledger: Ledger, now: datetime) -> Iterator[None]:
        """It is written down before it holds. What is refused, or cannot be looked at first, changes nothing: that is, too."""
        self._audited(rotation, ledger, ": ".join(part for part in (self.choice, self.reason) if part), now)
        try:
            yield
        except (ChoiceError, ConfigError) as error:
            self._audited(rotation, ledger, f"refused, nothing was changed: {error}", now)
            raise
        except ProviderError as error:
            words = f"nothing was decided, cw-{rotation.id} stands as before: {error}"
            self._audited(rotation, ledger, words, now)
            raise ProviderError(error.reason, f"{words}. Try again", permanent=error.permanent) from None

    def _audited(self, rotation: Rotation, ledger: Ledger, detail: str, now: datetime) -> None:
        ledger.audit(self.by, self.action, f"cw-{rotation.id}", detail=detail, now=now)
