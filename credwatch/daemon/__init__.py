"""The clock: it starts this program's own commands when they are due. It holds no watched secret and imports no SDK."""

from credwatch.daemon.children import Children
from credwatch.daemon.clockwork import COMMAND, Daemon
from credwatch.daemon.place import perishable

__all__ = ["COMMAND", "Children", "Daemon", "perishable"]
