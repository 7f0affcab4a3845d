"""The configuration that holds: read and checked by a child, which may load pydantic and plug-ins, and kept as it was checked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from credwatch.config.terms import Terms
from credwatch.daemon.children import Child, Children
from credwatch.errors import ConfigError, LedgerError

SNAPSHOT, ROTATING = "config.accepted.toml", "config.rotating.toml"
"""For the watch, and for a process that only rotates."""
CHECKING = timedelta(minutes=2)
"""So long it may take."""


@dataclass(frozen=True)
class Reading:
    """One reading of what is written now: first its terms, then whether plug-ins find it right too. Over with its `with`."""

    child: Child

    @classmethod
    def begun(cls, children: Children, config: Sequence[str]) -> Self:
        """The child is at work, and we need not wait yet. `config`: the arguments that name the configuration."""
        return cls(children.start("config", "check", "--terms", limit=CHECKING, config=config, heard=True))

    def terms(self) -> Terms | None:
        """What is written; None when we are asked to stop. ConfigError when it is wrong; the child has said how."""
        line = self.child.line()
        if line:
            return Terms.read(line)
        code = self.child.ended()
        if self.child.stop.is_set():
            return None
        raise _wrong(code)

    def accepted(self) -> bool:
        """Whether it holds from now on; False when we are asked to stop. ConfigError when it is wrong."""
        code = self.child.ended()
        if self.child.stop.is_set():
            return False
        if code:
            raise _wrong(code)
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.child.put_down()


def _wrong(code: int) -> ConfigError:
    return ConfigError(f"the configuration is wrong, as said above (config check ended with {code})")


def keep(terms: Terms, directory: Path, name: str = SNAPSHOT) -> Path:
    """Write the text for our children, 0600. It holds references only: anything else was refused."""
    path = directory / name
    draft = path.with_suffix(".part")
    try:
        with os.fdopen(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(terms.text)
        draft.replace(path)
    except OSError as error:
        raise LedgerError(f"{path} cannot be written: {error.strerror}. Make room or mend its rights") from None
    return path
