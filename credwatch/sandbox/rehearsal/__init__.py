"""Two rotations on loopback, played through the commands that a person has, one of them killed in the middle."""

from credwatch.sandbox.rehearsal.acts import Commands, Event, Play, Typed
from credwatch.sandbox.rehearsal.stage import rehearsed

__all__ = ["Commands", "Event", "Play", "Typed", "rehearsed"]
