"""check: try what is in some files, or everything that is configured, once."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from credwatch.cli import INTERRUPTED
from credwatch.cli.app import App, json_option
from credwatch.cli.checking import words
from credwatch.cli.checking.look import Key, Look, look, of_paths
from credwatch.cli.checking.verdict import code
from credwatch.cli.progress import Progress
from credwatch.cli.render import document, say, shown
from credwatch.registry import Registry


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, readable=False), metavar="[PATH]...")
@click.option("--all", "everything", is_flag=True, help="Also try the kinds whose every try may cost something.")
@json_option
@click.pass_obj
def check_command(app: App, paths: tuple[Path, ...], *, everything: bool, as_json: bool) -> int:
    """Try the credentials in these files and directories, or everything that is configured, once.

    Each is sent to its own vendor only. Nothing is kept, and nobody is told. Exit code 2 when a key is refused or past its
    date, 3 when something could not be told, 1 when a date is near, a key is too old or an account is suspended, else 0.
    """
    for path in paths:
        if said := _absent(path):
            raise click.UsageError(said)
    registry = Registry.load()
    if paths:
        config, names = of_paths(app.config_of_ours, paths)
    else:
        config, names = app.config, registry.connections(app.config)
    if not names:
        raise click.UsageError("nothing is configured, so there is nothing to try. Name a file: credwatch check .env")
    progress = Progress(shown=sys.stderr.isatty() and not as_json)
    with app.stopped_by_signals() as stop:
        seen = look(config, registry, names, app.clock, stop, everything=everything, progress=progress)
    progress.clear()
    if as_json:
        document(_as_data(seen, paths))
    else:
        now = app.now()
        for line in words.of_paths(seen, paths, now) if paths else words.of_providers(seen, names, now):
            say(line)
    return INTERRUPTED if stop.is_set() else code(seen)


def _absent(path: Path) -> str:
    """What is to be said of a path that is not there; nothing of one that may not be looked at: the look says so."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        if not path.is_symlink():
            return f"there is no file or directory {shown(str(path))}. Look at how it is written"
        return f"{shown(str(path))} is a link to {shown(os.readlink(path))}, which is not there. Put it there"  # noqa: PTH115  as it is written
    except OSError:
        return ""
    return ""


def _as_data(seen: Look, paths: Sequence[Path]) -> Mapping[str, Any]:
    return {
        "code": code(seen),
        "paths": list(map(str, paths)),
        "fields": sum(seen.fields.values()),
        "keys": [_key(key) for key in seen.keys],
        "not_read": [{"provider": name, **vars(one)} for name, one in seen.unlisted],
        "providers": {name: vars(ended) for name, ended in seen.ended.items()},
        "sent_to": seen.asked,
    }


def _key(key: Key) -> Mapping[str, Any]:
    kind, tried = key.seen.kind, key.tried
    return {
        "place": key.seen.place,
        "fields": key.fields,
        "kind": kind.name,
        "title": kind.title,
        "standing": words.word(key),
        "status": key.line.status if key.line else None,
        "reason": tried.reason if tried else None,
        "detail": tried.detail if tried else "",
        "latency": tried.latency if tried else None,
        "missing": key.seen.missing,
        "facts": key.facts,
        "clock": key.line.clock if key.line else None,
        "deadline": key.line.deadline if key.line else None,
        "held": key.seen.item is not None,
    }
