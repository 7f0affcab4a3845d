"""A local server that speaks Vault's API as far as the watch needs it, in memory, on an injected clock.

Its answers follow what a real OpenBao 2.5.5 was recorded to say; `tests/recordings` holds the exchanges.
"""

from credwatch.sandbox.vault.server import Vault

__all__ = ["Vault"]
