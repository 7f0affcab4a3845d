"""What doctor says of the programs of the house that a rotation runs: those that renew, and those that tell a reader."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from credwatch.config.configuration import Config
from credwatch.contract import Diagnosis


def programs(config: Config, environ: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Each program once: whether it can be started. It may be missing where the rotating identities are missing, too."""
    elsewhere = not all(_here(text, environ) for text in _texts(config.rotate.identities))
    for argv, of in _named(config).items():
        yield _looked_at(argv, of, environ, elsewhere=elsewhere)


def _named(config: Config) -> Mapping[str, str]:
    """Program to what the configuration has it for."""
    renew = {line.command[0]: "[[renewals]]" for line in config.renewals}
    tell = {
        line.reload.command[0]: f"[[consumers]] {line.name}"
        for line in config.consumers
        if line.reload is not None and line.reload.command is not None
    }
    return {**tell, **renew}


def _looked_at(program: str, of: str, environ: Mapping[str, str], *, elsewhere: bool) -> Diagnosis:
    what = f"{program} of {of}"
    if shutil.which(program, path=environ.get("PATH", os.defpath)):
        return Diagnosis(what, ok=True, said="can be started")
    if "/" in program and Path(program).exists():
        return Diagnosis(what, ok=False, said="is no program that we may start", mend=f"chmod a+rx {program}")
    if elsewhere:
        return Diagnosis(what, ok=True, said="not here; nor is the identity that rotates")
    return Diagnosis(what, ok=False, said="is not there", mend="put it where rotations run, or name its whole path")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)


def _here(reference: str, environ: Mapping[str, str]) -> bool:
    """Whether what it points to is there; it is not read."""
    if reference.startswith("env:"):
        return reference.removeprefix("env:") in environ
    return not reference.startswith("file:") or Path(reference.removeprefix("file:")).exists()
