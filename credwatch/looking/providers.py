"""Every provider in a thread of its own; its items read and its keys tried in parallel, never far ahead of the ledger."""

from __future__ import annotations

import importlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from credwatch.contract import Inventory, Store
from credwatch.errors import ConfigError, ProviderError
from credwatch.ledger import Suspect
from credwatch.log import unquoted
from credwatch.looking.dates import own_login
from credwatch.looking.reading import answered, listed_in, read
from credwatch.looking.silence import SILENCE, Line, Looked
from credwatch.looking.unquoted import unlisted
from credwatch.looking.watch import Ended, Piece, Watch
from credwatch.model import Item, Listed, Reason, Sighting, Unlisted
from credwatch.probing import Prober, Try, in_parallel

BATCH = 250
READERS = 8
_GLANCE = 0.1
"""How often, in seconds, a stop is looked for while nothing comes."""
_PATIENCE = 2.0
"""How long, in seconds, one that was asked to stop is waited for: an answer of its provider may never come."""


def look_at(watch: Watch, names: Sequence[str]) -> Iterator[tuple[str, list[Piece] | Ended]]:
    """Every provider in a thread of its own: batches as they come and, last of each, how it ended.

    One that is asked to stop is left off without an ending; one that shows nothing for long is given up.
    """
    watch = replace(watch, hints=watch.ledger.hints(), made=watch.ledger.made())
    prober = watch.prober()
    return _side_by_side(watch, {name: partial(_look, watch, prober, name) for name in names})


def look_again(watch: Watch, suspects: Iterable[Suspect]) -> Iterator[tuple[str, list[Piece]]]:
    """Read the suspects' items once more, and try those of their values that are still suspect."""
    prober = watch.prober()
    by_provider: dict[str, list[Suspect]] = {}
    for suspect in suspects:
        by_provider.setdefault(suspect.provider, []).append(suspect)
    works = {name: partial(_again, watch, prober, name, theirs) for name, theirs in by_provider.items()}
    for name, seen in _side_by_side(watch, works):
        if not isinstance(seen, Ended):
            yield name, seen


def _load_what_is_shared(works: Mapping[str, object]) -> None:
    """What several of them send with, before their threads load it crosswise, an SDK's and ours, and fail.

    One alone may have nothing to send.
    """
    if len(works) > 1:
        importlib.import_module("credwatch.transport.sending")


def _side_by_side(
    watch: Watch, works: Mapping[str, Callable[[Line], None]]
) -> Iterator[tuple[str, list[Piece] | Ended]]:
    """What each of these hands over from its thread, as it comes. After a stop nobody is waited for long."""
    _load_what_is_shared(works)
    ready: queue.Queue[Looked] = queue.Queue(maxsize=2 * len(works) or 1)
    patience = SILENCE * watch.transport.bounds.deadline.total_seconds()
    waiting = {name: Line(name, ready, watch.clock, patience) for name in works}
    for name, work in works.items():
        threading.Thread(target=_run, args=(work, waiting[name]), name=f"look-{name}", daemon=True).start()
    asked = None
    while waiting:
        if watch.stop.is_set():
            asked = watch.clock.monotonic() if asked is None else asked
            if watch.clock.monotonic() - asked > _PATIENCE:
                return
        for name, ended in [(name, line.given_up()) for name, line in waiting.items()]:
            if ended is not None:
                del waiting[name]
                yield name, ended
        try:
            name, looked = ready.get(timeout=_GLANCE)
        except queue.Empty:
            continue
        if name not in waiting:
            continue
        if looked is None:
            del waiting[name]
        else:
            yield name, looked


def _run(work: Callable[[Line], None], line: Line) -> None:
    try:
        work(line)
    finally:
        line.put(None)


def _again(watch: Watch, prober: Prober, name: str, suspects: Sequence[Suspect], line: Line) -> None:
    held = frozenset(suspect.fingerprint for suspect in suspects)
    items = {suspect.locator: suspect.item for suspect in suspects}
    try:
        with watch.connected(name) as (store, _):
            if isinstance(store, Store):
                seen = (piece for item in line.each(items.values()) for piece in read(watch, store, item, held))
                tries = (piece for piece in seen if isinstance(piece, Try) and piece.fingerprint in held)
                line.put([answered(*answer) for answer in line.each(prober.try_all(tries, watch.stop))])
    except (ProviderError, ConfigError):
        return
    except Exception:  # noqa: BLE001  a defect: what it was to try stays a suspect, and its text may quote a secret
        return


def _look(watch: Watch, prober: Prober, name: str, line: Line) -> None:
    tray = _Tray(watch, line)
    try:
        line.put(_all_of(watch, prober, name, tray))
    except ProviderError as error:
        tray.flush()
        line.put(Ended(False, error.reason, unquoted(str(error)), None, tray.items, tray.credentials))
    except ConfigError as error:
        line.put(Ended(False, Reason.MISCONFIGURED, unquoted(str(error))))
    except _Stopped:
        tray.flush()
    except Exception as error:  # noqa: BLE001  one provider's defect ends that provider only; its text may quote a secret
        line.put(Ended(False, Reason.BROKEN, f"a defect in this provider: {type(error).__name__}"))


def _all_of(watch: Watch, prober: Prober, name: str, tray: _Tray) -> Ended:
    """All that one connection shows. Reading and trying are as parallel as is useful, and never far ahead of the ledger."""
    began = watch.clock.monotonic()
    with watch.connected(name) as (provider, own):
        latency = timedelta(seconds=watch.clock.monotonic() - began)
        if isinstance(provider, Store):
            for answer in tray.line.each(prober.try_all(_tries(watch, provider, tray), watch.stop)):
                tray.add(answered(*answer))
            if tray.broke is not None:
                raise tray.broke
        if isinstance(provider, Inventory):
            for listed in tray.line.listed(provider.keys()):  # not a dict's
                _go_on(watch)
                tray.items += isinstance(listed, Listed)
                tray.add(listed_in(name, listed) if isinstance(listed, Listed) else listed)
    for sighting in own_login(name, own.facts.expires):
        tray.add(sighting)
    _go_on(watch)
    tray.flush()
    return Ended(True, None, "", own.facts.expires, tray.items, tray.credentials, latency)


class _Stopped(Exception):  # noqa: N818  not an error
    """We were asked to stop: what was not seen says nothing."""


def _go_on(watch: Watch) -> None:
    if watch.stop.is_set():
        raise _Stopped


@dataclass
class _Tray:
    """Collects what is seen into batches for the ledger, and counts it."""

    watch: Watch
    line: Line
    items: int = 0
    credentials: int = 0
    batch: list[Piece] = field(default_factory=list)
    broke: ProviderError | None = None
    """Why the listing broke off; what it had shown by then is still tried."""

    def add(self, piece: Piece) -> None:
        """One more."""
        self.batch.append(unlisted(piece) if isinstance(piece, Unlisted) else piece)
        self.credentials += isinstance(piece, Sighting)
        self.watch.progress(self.line.name, self.items, self.credentials)
        if len(self.batch) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Hand the batch over."""
        if self.batch:
            self.line.put(self.batch)
            self.batch = []


def _tries(watch: Watch, store: Store, tray: _Tray) -> Iterator[Try]:
    """What is to be tried. All else that is seen goes straight onto the tray."""

    def opened(item: Item | Unlisted) -> list[Piece | Try]:
        if isinstance(item, Unlisted):
            return [item]
        pieces = list(read(watch, store, item))
        tray.line.read(pieces)
        return pieces

    try:
        for pieces in in_parallel(opened, tray.line.listed(store.items()), workers=READERS, ahead=2 * READERS):
            _go_on(watch)
            tray.items += not all(isinstance(piece, Unlisted) for piece in pieces) or not pieces
            for piece in pieces:
                if isinstance(piece, Try):
                    yield piece
                else:
                    tray.add(piece)
    except ProviderError as error:
        tray.broke = error
