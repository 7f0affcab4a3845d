"""The words of each message: pure functions from what the ledger knows."""

from credwatch.alerts.wording.digest import digest
from credwatch.alerts.wording.incident import incident
from credwatch.alerts.wording.summary import summary

__all__ = ["digest", "incident", "summary"]
