"""sweep: look at everything once."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import click

from credwatch.cli.app import App, json_option
from credwatch.cli.phrases import plural
from credwatch.cli.progress import Progress
from credwatch.cli.render import document
from credwatch.config.configuration import Config
from credwatch.config.near import did_you_mean
from credwatch.config.places import DEADLINES
from credwatch.errors import ConfigError
from credwatch.ledger import Change, Closed
from credwatch.ledger.queries.unread import unread as not_read
from credwatch.looking import Ended, Watch
from credwatch.model import Status
from credwatch.pipeline import Swept, sweep
from credwatch.registry import Registry

_log = logging.getLogger("credwatch.sweep")


@click.command("sweep")
@click.argument("providers", nargs=-1)
@click.option("--no-settle", is_flag=True, help="Do not wait five minutes to try what was refused once more.")
@json_option
@click.pass_obj
def sweep_command(app: App, providers: tuple[str, ...], *, no_settle: bool, as_json: bool) -> int:
    """Look at every provider once, or at those named, and put what is news into the outbox. Nobody is told: that is `deliver`.

    Exit code 0 when everything could be looked at, 3 when a provider, or a part of one, could not.
    """
    registry = Registry.load()
    names = _named(registry, app.config, providers)
    with app.ledger() as ledger, app.stopped_by_signals() as stop:
        began = app.clock.monotonic()
        progress = Progress(shown=sys.stderr.isatty() and not (as_json or app.quiet))
        with Watch.of(app.config, ledger, app.clock, stop, registry=registry, progress=progress) as watch:
            swept = sweep(replace(watch, waiting=progress.waiting), names, settle=not no_settle)
        progress.clear()
        ledger.prune(app.now(), app.config.daemon.keep)
        unread = Counter(part.provider for part in not_read(ledger))
        seconds, size = app.clock.monotonic() - began, ledger.size()
    _log_changes(swept.closed)
    if as_json:
        document(_as_json(swept, seconds, unread))
    else:
        for line in _told(swept, names, seconds, size, unread):
            app.say(line)
    seen = (name in swept.ended and swept.ended[name].complete and name not in unread for name in names)
    return 0 if all(seen) else 3


def _named(registry: Registry, config: Config, providers: Sequence[str]) -> Sequence[str]:
    """The connections to look at; the `[[deadlines]]` come with every look, and may be all that there is."""
    known = (*registry.connections(config), *((DEADLINES,) if config.deadlines else ()))
    for name in providers:
        if name not in known:
            near = did_you_mean(name, known)
            raise ConfigError(
                f"there is no provider {name!r} to look at.{near} Configured: {', '.join(known) or 'none'}"
            )
    if not known:
        raise ConfigError(
            f"{config.name}: no provider is configured, so there is nothing to look at. credwatch init helps"
        )
    return [name for name in providers or known if name != DEADLINES]


def _told(
    swept: Swept, names: Sequence[str], seconds: float, size: tuple[int, int], unread: Mapping[str, int]
) -> Sequence[str]:
    width = max((len(name) for name in names), default=0)
    lines = [f"  {name:<{width}}  {_one(swept.ended.get(name), unread.get(name, 0))}" for name in names]
    blind = [name for name in names if not (name in swept.ended and swept.ended[name].complete)]
    partly = [name for name in names if name in unread and name not in blind]
    said = [f"not seen: {', '.join(blind)}"] if blind else []
    said += [f"in part: {', '.join(partly)}"] if partly else []
    listed = ", ".join(said) or "every provider listed completely"
    lines.append(f"{size[0]} credentials in {size[1]} places, {listed}, {int(seconds)} s.")
    return [*lines, *_changes(swept.closed)]


def _one(ended: Ended | None, unread: int) -> str:
    if ended is None:
        return "left off: asked to stop"
    if not ended.complete:
        said = ended.message if ended.message.endswith((".", "?")) else f"{ended.message}."
        return f"NOT SEEN  {ended.reason}: {said} credwatch doctor says how to mend it"
    parts = f"; {plural(unread, 'part')} of it not read: credwatch status shows which" if unread else ""
    return f"{ended.items} items, {ended.credentials} credentials{parts}"


def _changes(closed: Closed) -> Sequence[str]:
    refused = sum(change.new is Status.INVALID for change in closed.changed)
    lines = [f"  {_changed(change)}" for change in closed.changed if change.old is not None]
    if refused:
        lines.append(f"{refused} refused. credwatch status shows it; credwatch deliver tells the on-call.")
    if closed.suspects:
        lines.append(f"{closed.suspects} looked refused once. The next sweep tries it again before it is believed.")
    return lines


def _changed(change: Change) -> str:
    why = f" ({change.reason})" if change.reason not in (None, "ok") else ""
    return f"{change.place} {change.new}{why} (was {change.old or 'new'})"


def _log_changes(closed: Closed) -> None:
    """One line for each credential that stands differently than before."""
    for change in closed.changed:
        if change.old is not None:
            _log.info("%s", _changed(change), extra={"credential": change.credential, "status": str(change.new)})


def _as_json(swept: Swept, seconds: float, unread: Mapping[str, int]) -> Mapping[str, object]:
    return {
        "sweep": swept.number,
        "seconds": round(seconds, 3),
        "providers": {name: vars(ended) for name, ended in swept.ended.items()},
        "unread": unread,
        "judged": swept.closed.judged,
        "changed": [vars(change) for change in swept.closed.changed],
        "opened": swept.closed.opened,
        "resolved": swept.closed.resolved,
        "suspects": swept.closed.suspects,
    }
