"""A made-up company's five weeks on loopback: what it has, what happens to it, and what its people read in Slack."""

from credwatch.sandbox.story.acts import Act, Event, Happened, Looked, Play
from credwatch.sandbox.story.company import WORTH_A_LOOK
from credwatch.sandbox.story.reading import Heard
from credwatch.sandbox.story.stage import CONFIG, staged

__all__ = ["CONFIG", "WORTH_A_LOOK", "Act", "Event", "Happened", "Heard", "Looked", "Play", "staged"]
