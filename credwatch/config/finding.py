"""Which file is the configuration, and what a glance at it tells before all of it is read. No pydantic."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from credwatch.config.addresses import PROBES, Address, address

CONFIG = "CREDWATCH_CONFIG"
HERE = Path("credwatch.toml")
PLACES = (HERE, Path("/etc/credwatch/credwatch.toml"))
_SAID_OF_WEB = "CREDWATCH_WEB__"


def found(path: Path | None, environ: Mapping[str, str], places: Sequence[Path] = PLACES) -> tuple[Path | None, str]:
    """`path`, else the one of $CREDWATCH_CONFIG, else the first of `places` that is there; and who named it, in words."""
    if path is not None:
        return path, ""
    if named := environ.get(CONFIG):
        return Path(named), f", named by {CONFIG} in the environment"
    return next((place for place in places if place.exists()), None), ""


def probes(path: Path | None, environ: Mapping[str, str], places: Sequence[Path] = PLACES) -> Address | None:
    """Where /livez is to be answered, when a glance can tell. The whole reading says the same, or that something is wrong."""
    if any(variable.upper().startswith(_SAID_OF_WEB) for variable in environ):
        return None
    try:
        file, _ = found(path, environ, places)
        web = tomllib.loads(file.read_text(encoding="utf-8") if file else "").get("web", {})
        return address(web.get("probes", PROBES))
    except (OSError, ValueError, AttributeError, RecursionError):
        return None
