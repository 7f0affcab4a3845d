"""The questions that commands ask of the ledger. They read, and never write."""

from credwatch.ledger.queries.ahead import Aged, Ahead, Ending, Named, ahead, look_up
from credwatch.ledger.queries.detail import Detail, Listed, Spell, Told, detail
from credwatch.ledger.queries.failing import Failing, Now, Vendor, failing
from credwatch.ledger.queries.failures import Failure, Failures, failures
from credwatch.ledger.queries.health import Health, Incident, Provider, Unlisted, health
from credwatch.ledger.queries.history import Happened, history
from credwatch.ledger.queries.joined import counted, of_one
from credwatch.ledger.queries.listing import Line, Wanted, listing, widths
from credwatch.ledger.queries.naming import Concerned, Meant, concerned, find
from credwatch.ledger.standings import Standing

__all__ = [
    "Aged",
    "Ahead",
    "Concerned",
    "Detail",
    "Ending",
    "Failing",
    "Failure",
    "Failures",
    "Happened",
    "Health",
    "Incident",
    "Line",
    "Listed",
    "Meant",
    "Named",
    "Now",
    "Provider",
    "Spell",
    "Standing",
    "Told",
    "Unlisted",
    "Vendor",
    "Wanted",
    "ahead",
    "concerned",
    "counted",
    "detail",
    "failing",
    "failures",
    "find",
    "health",
    "history",
    "listing",
    "look_up",
    "of_one",
    "widths",
]
