"""What the watch concludes from what it remembers. Pure: no I/O, no clock, no configuration."""

from credwatch.assess.answers import SETTLE
from credwatch.assess.credential import judge
from credwatch.assess.sweep import judge_sweep, shrunk

__all__ = ["SETTLE", "judge", "judge_sweep", "shrunk"]
