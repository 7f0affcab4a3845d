"""TOML and the environment, read into frozen settings. Every complaint names the file, the key, what is wrong and the fix.

Names are imported from the modules: what reads a text needs pydantic, a quarter of the memory of a process that stays,
and such a process holds `terms.Terms`, which need none of it.
"""
