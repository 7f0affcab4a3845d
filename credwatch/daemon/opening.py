"""How a watch begins: /livez is answered, a child reads the configuration, and meanwhile the rest of the program is loaded."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from credwatch.clock import Clock
from credwatch.config.addresses import Address
from credwatch.config.terms import Terms
from credwatch.daemon.accepted import Reading
from credwatch.daemon.children import Children
from credwatch.daemon.heart import Heart
from credwatch.errors import ConfigError
from credwatch.web.book import Book
from credwatch.web.guard import Guard
from credwatch.web.probes import probes
from credwatch.web.serving import Face, Web


@dataclass
class Opening:
    """What is there before the configuration is known, and stays."""

    clock: Clock
    stop: threading.Event
    children: Children
    read: Callable[[], Reading]
    """Has a child read the configuration anew."""
    web: Web = field(default_factory=Web)
    book: Book = field(default_factory=Book)

    def __post_init__(self) -> None:
        self.heart = Heart(self.clock, self.stop)
        self._outside = Guard(probes(self.book, self.heart, self.clock), local=False)
        self._shown: Address | None = None

    def show_probes(self, where: Address) -> None:
        """/livez, /readyz and /metrics, unless they are shown there already. ConfigError when that is not possible."""
        if self._shown is None:
            self.web.show(Face("[web] probes", where, self._outside, connections=800))
            self._shown = where
        elif where != self._shown:
            raise ConfigError("[web] probes was changed while the configuration was read. Start credwatch again")

    def begin(self, glance: Address | None, watch: Callable[[Terms, Reading], None]) -> None:
        """Read the configuration, and `watch` as it says until we are asked to stop.

        `glance`: where a glance at the configuration says that the probes are. Who holds that address may be another
        watch on the same directory, which is told better later.
        """
        try:
            with self.web:
                if glance is not None:
                    with contextlib.suppress(ConfigError):
                        self.show_probes(glance)
                with self.read() as reading:
                    terms = reading.terms()
                    if terms is not None:
                        watch(terms, reading)
        finally:
            self.book.shut()
