"""Who reads a key from its places: told to load a new one, and asked which one is in use."""

from credwatch.rotation.consumers.opening import consumers

__all__ = ["consumers"]
