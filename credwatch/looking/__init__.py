"""Looking: a provider's items and keys are read, recognised and tried, and become sightings. It decides nothing."""

from credwatch.looking.dates import dates
from credwatch.looking.providers import look_again, look_at
from credwatch.looking.watch import Ended, Watch

__all__ = ["Ended", "Watch", "dates", "look_again", "look_at"]
