"""The outbox's alerts as messages: wording, grouping, delivery.

Each name is loaded when it is asked for: a process that only asks whether something is due needs no words for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from credwatch.alerts.channel import Channel, ConsoleChannel, Posted
    from credwatch.alerts.delivery import Delivered, deliver
    from credwatch.alerts.opening import open_channel, open_slack
    from credwatch.alerts.waiting import due
else:
    _NAMES = {
        "channel": ("Channel", "ConsoleChannel", "Posted"),
        "delivery": ("Delivered", "deliver"),
        "opening": ("open_channel", "open_slack"),
        "waiting": ("due",),
    }
    _WHERE = {name: module for module, names in _NAMES.items() for name in names}

    def __getattr__(name: str) -> object:
        """A name of this package, loaded now."""
        if name not in _WHERE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)


__all__ = [
    "Channel",
    "ConsoleChannel",
    "Delivered",
    "Posted",
    "deliver",
    "due",
    "open_channel",
    "open_slack",
]
