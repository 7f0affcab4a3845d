"""The read-only face of the watch: what the ledger says, over HTTP. It holds no secret and changes nothing."""

from credwatch.web.book import Book
from credwatch.web.guard import Guard
from credwatch.web.probes import Pulse, probes
from credwatch.web.serving import Face, Web
from credwatch.web.window import Window

__all__ = ["Book", "Face", "Guard", "Pulse", "Web", "Window", "probes"]
