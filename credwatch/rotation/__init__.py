"""A new key in the place of an old one, so that there is a living one at every instant.

`engine.py` is the page to begin with: the states and what is done in each.
"""
