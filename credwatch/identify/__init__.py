"""Leaves and kinds -> matches: which vendor's key is where. The only code that looks at values to recognise them."""

from credwatch.identify.identifier import Identifier
from credwatch.identify.nouns import UNRECOGNISED, Identified, Leaf, Said, fingerprint, place_of

__all__ = ["UNRECOGNISED", "Identified", "Identifier", "Leaf", "Said", "fingerprint", "place_of"]
