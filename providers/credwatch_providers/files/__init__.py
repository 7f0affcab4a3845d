"""Files: .env files, directories of mounted secrets, and the certificates that lie in any store."""

from __future__ import annotations

from credwatch.contract import Plugin
from credwatch_providers.files.certificates import CERTIFICATE
from credwatch_providers.files.store import Files, FilesTable

__all__ = ["CERTIFICATE", "Files", "FilesTable", "plugin"]

plugin = Plugin(kinds=(CERTIFICATE,), provider=Files, provider_settings=FilesTable, identity=frozenset())
