"""From `[[consumers]]` to those who read some places."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from credwatch.config.configuration import Config
from credwatch.config.places import matches
from credwatch.config.rotating import Consumer, Reload
from credwatch.rotation.consumers.cluster import Cluster
from credwatch.rotation.consumers.command import Command
from credwatch.rotation.consumers.kubernetes import Restart
from credwatch.rotation.consumers.proofs import Page, Shown, shows
from credwatch.rotation.consumers.told import Hook, Told
from credwatch.rotation.consumers.webhook import Webhook
from credwatch.rotation.world import Reader
from credwatch.transport import Transport


@dataclass
class Configured:
    """A `Reader` of the configuration."""

    name: str
    reads: tuple[str, ...]
    settles: timedelta
    hook: Hook | None
    """None: it loads what its places hold by itself."""
    proof: Page | Shown | None
    proves: bool

    def reload(self, key: str, key_id: str) -> None:
        """As `Reader`."""
        if self.hook is not None:
            self.hook(Told(key, self.name, self.reads, key_id))

    def uses(self, key_id: str) -> bool | None:
        """As `Reader`."""
        fields = [unquote(place.rpartition("#")[2]) for place in self.reads if "#" in place]
        return None if self.proof is None else shows(self.proof.text(), key_id, fields)


def consumers(
    config: Config, places: Iterable[str], transport: Transport, environ: Mapping[str, str] = os.environ
) -> tuple[Reader, ...]:
    """Those who read any of these places, in the order of the file. Nothing is opened and no reference is read."""
    given = tuple(places)
    found = ((line, _read(line, given)) for line in config.consumers)
    return tuple(_configured(line, reads, transport, environ) for line, reads in found if reads)


def _read(line: Consumer, places: Iterable[str]) -> tuple[str, ...]:
    return tuple(place for place in places if any(matches(pattern, place) for pattern in line.reads))


def _configured(line: Consumer, reads: tuple[str, ...], transport: Transport, environ: Mapping[str, str]) -> Configured:
    hook = None if line.reload is None else _hook(line.reload, transport, environ)
    return Configured(line.name, reads, line.settles, hook, _proof(line.proof, transport), line.proof is not None)


def _hook(reload: Reload, transport: Transport, environ: Mapping[str, str]) -> Hook:
    if reload.webhook is not None and reload.secret is not None:
        return Webhook(reload.webhook, reload.secret, transport)
    if reload.command is not None:
        return Command(reload.command, environ, transport.clock.monotonic)
    return Restart(str(reload.kubernetes), partial(_cluster, reload, environ), transport.clock)


def _cluster(reload: Reload, environ: Mapping[str, str]) -> Cluster:
    """Looked for when it is needed: to plan, none has to be there."""
    if reload.server is not None and reload.token is not None:
        return Cluster(reload.server, reload.token, reload.ca)
    around = Cluster.around_us(environ)
    return Cluster(around.server, reload.token or around.token, reload.ca or around.ca)


def _proof(proof: str | None, transport: Transport) -> Page | Shown | None:
    if proof is None:
        return None
    return Shown(Path(proof)) if proof.startswith("/") else Page(proof, transport)
