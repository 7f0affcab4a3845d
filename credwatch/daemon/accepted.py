"""The configuration that holds: checked by a child, which may load plug-ins, and handed to children as it was checked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from credwatch.config import Config
from credwatch.errors import ConfigError, LedgerError

SNAPSHOT = "config.accepted.toml"

Load = Callable[[], Config]
"""Reads the configuration from where it is written."""
Check = Callable[[Config], int | None]
"""Lets a child check what is written; its exit code."""


def accepted(load: Load, check: Check) -> Config:
    """What is written now, checked. ConfigError when it is wrong; a child has said how.

    What was written anew while it was checked is checked again.
    """
    config = load()
    while True:
        code = check(config)
        if code:
            raise ConfigError(f"{config.name}: is wrong, as said above (config check ended with {code})")
        again = load()
        if again.text == config.text:
            return config
        config = again


def keep(config: Config, directory: Path) -> Path:
    """Write the text for our children, 0600. It holds references only: anything else was refused."""
    path = directory / SNAPSHOT
    draft = path.with_suffix(".part")
    try:
        with os.fdopen(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(config.text)
        draft.replace(path)
    except OSError as error:
        raise LedgerError(f"{path} cannot be written: {error.strerror}. Make room or mend its rights") from None
    return path
