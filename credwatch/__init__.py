"""The watch. It knows no vendor."""
