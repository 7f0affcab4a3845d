"""From entry points to plug-ins, from tables to connections. It knows no vendor by name."""

from credwatch.registry.registry import GROUP, LISTING, LONGER, OURS, Registry

__all__ = ["GROUP", "LISTING", "LONGER", "OURS", "Registry"]
