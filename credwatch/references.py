"""A value is configured by reference only: `env:NAME` or `file:/path`."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from credwatch.errors import ConfigError
from credwatch.secrets import Secret

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

_FORM = re.compile(r"env:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|file:(?P<path>/.+)")

LARGEST = 1 << 20
"""Bytes. What is larger is no secret."""


@dataclass(frozen=True)
class Reference:
    """Where a secret is to be read, at the moment it is needed; a file may have been replaced meanwhile."""

    text: str

    def resolve(self) -> Secret:
        """The value now, without the newline that editors add. ConfigError when it is not there."""
        scheme, _, rest = self.text.partition(":")
        if scheme == "env":
            value = os.environ.get(rest)
            if not value:
                raise ConfigError(f"{self.text}: this environment variable is not set. Set it where credwatch runs")
            return Secret(value).ours()
        try:
            value_read = _content(Path(rest))
        except OSError as error:
            raise ConfigError(f"{self.text}: {error.strerror}. Put it where credwatch can read it") from None
        if not value_read.strip():
            raise ConfigError(f"{self.text}: the file is empty. Put the value into it")
        if len(value_read) > LARGEST:
            raise ConfigError(f"{self.text}: the file is larger than 1 MiB. Put only the value into it")
        return Secret(value_read.rstrip(b"\r\n")).ours()

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: object) -> Reference:
        """`env:NAME` or `file:/path`; anything else is taken for a literal secret, is refused, and is not repeated."""
        if isinstance(text, cls):
            return text
        if not isinstance(text, str) or not _FORM.fullmatch(text):
            raise ValueError('a secret is a reference, "env:NAME" or "file:/absolute/path"; a literal value is refused')
        return cls(text)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema  # noqa: PLC0415  asked for by pydantic only, so it is there

        return core_schema.no_info_plain_validator_function(cls.parse)


def _content(path: Path) -> bytes:
    """At most one byte more than the largest. Never waits for a pipe or a device."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "this is a directory" if path.is_dir() else "this is a pipe or a device, and no plain file")
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(LARGEST + 1)
