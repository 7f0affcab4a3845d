"""From the configuration to a rotation's world: the only place where the rotate identities are opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from credwatch.clock import Clock
from credwatch.config.configuration import Config
from credwatch.config.places import matches
from credwatch.contract import Closes, Minter, Provider, Stager, Tries
from credwatch.errors import ConfigError, ProviderError
from credwatch.looking import Watch
from credwatch.model import Kind, Match, ProbeResult, Reason, Validity
from credwatch.model.rotating import ENDED, Rotation, Target
from credwatch.probing import Prober, Try
from credwatch.rotation.consumers import consumers
from credwatch.rotation.renewals import renewal_of
from credwatch.rotation.world import World
from credwatch.secrets import Secret

Trial = Callable[[Match, Mapping[str, Secret]], ProbeResult]
"""One harmless try of these values."""


class Unworkable(ConfigError):  # noqa: N818  the state is the name
    """What a rotation works with is configured, and no longer does what it takes: only a change of that helps."""


@dataclass
class Connections:
    """The connections of one process, each opened once, with its rotate identity."""

    watch: Watch
    writes: bool = True
    """False: nothing that may change something leaves this process."""
    opened: dict[str, Provider] = field(default_factory=dict)

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """Every kind of key, by its name."""
        return {kind.name: kind for kind in self.watch.registry.kinds(self.watch.config)}

    def named(self, name: str) -> Provider:
        """The connection of this provider. ProviderError when we may not log in there."""
        if name not in self.opened:
            watch = self.watch
            provider = watch.registry.open(watch.config, name, watch.transport, rotating=True, writes=self.writes)
            self.opened[name] = provider
            own = provider.check()
            if own.validity is not Validity.VALID:
                raise _shut_out(name, own)
        return self.opened[name]

    def stager(self, name: str) -> Stager:
        """The store of this name. ProviderError when a rotation cannot write it."""
        provider = self.named(name)
        if not isinstance(provider, Stager):
            raise ProviderError(Reason.MISCONFIGURED, f"{name} cannot be written by a rotation", permanent=True)
        return provider

    def minter(self, name: str, kind: Kind) -> Minter | None:
        """Who makes keys of this kind through this connection; None: it only lists them."""
        provider = self.named(name)
        return provider if isinstance(provider, Minter) and kind.name in provider.mints else None

    def close(self) -> None:
        """Put them down."""
        for provider in self.opened.values():
            if isinstance(provider, Closes):
                provider.close()
        self.opened.clear()


def _shut_out(name: str, own: ProbeResult) -> ProviderError:
    """We may not log in there; a refusal does not pass by itself."""
    said = own.detail or own.reason
    if own.validity is not Validity.INVALID and own.reason is not Reason.LOGIN_REFUSED:
        return ProviderError(own.reason, f"{name}: {said}")
    why = f"{name}: the login that a rotation has there is refused: {said}. Mend its line in [rotate.identities]"
    return ProviderError(own.reason, why, permanent=True)


@contextmanager
def connections(watch: Watch, *, writes: bool = True) -> Iterator[Connections]:
    """For as long as they are needed."""
    with ExitStack() as stack:
        opened = Connections(watch, writes)
        stack.callback(opened.close)
        yield opened


def world_of(opened: Connections, rotation: Rotation) -> World:
    """The world of this rotation. ConfigError when a provider of it is no longer configured, Unworkable when it does not do."""
    watch = opened.watch
    kind = opened.kinds.get(rotation.kind)
    probe = None if kind is None else trier(opened, kind, [one.provider for one in rotation.targets])
    if kind is None or probe is None:
        raise Unworkable(f"{watch.config.name}: nobody can try a {rotation.kind} any more. Put its plug-in back")
    places = tuple(one.place for one in rotation.targets)
    made_by = "" if rotation.renews else rotation.minter
    minter = opened.minter(made_by, kind) if made_by else None
    if made_by and minter is None and not rotation.turns and rotation.state not in ENDED:
        why = f"{rotation.minter} no longer makes a {kind.title}, and cw-{rotation.id} cannot be gone on with"
        raise Unworkable(f"{watch.config.name}: {why}. Put back what its table had for that")
    return World(
        kind=kind,
        stagers={name: opened.stager(name) for name in {one.provider for one in rotation.targets}},
        probe=probe,
        probes=_probes(watch.config, kind, rotation.targets),
        key=watch.key,
        minter=minter,
        renewal=renewal_of(watch.config, kind, places, watch.clock) if rotation.renews else None,
        readers=consumers(watch.config, places, watch.transport),
    )


def trier(opened: Connections, kind: Kind, providers: Iterable[str]) -> Trial | None:
    """Who tells whether a key of this kind works: itself, its vendor, or a connection that holds it. None: nobody."""
    watch = opened.watch
    if kind.renewing is not None:
        return _Read(watch.clock)
    if not kind.overlaps:
        return _untried
    if kind.name in watch.issuers:
        return _Probe(watch)
    for name in dict.fromkeys(providers):
        provider = opened.named(name)
        if isinstance(provider, Tries) and kind.name in provider.tries:
            return provider.try_
    return None


def _untried(match: Match, values: Mapping[str, Secret]) -> ProbeResult:
    """Who makes the value knows it; nobody else is asked."""
    del match, values
    return ProbeResult.unknown(Reason.NOT_TRIED, "only its store can tell")


class _Read:
    """What a value says of itself, where nobody can be asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self, match: Match, values: Mapping[str, Secret]) -> ProbeResult:
        """As `Renewing.stands`."""
        renewing = match.kind.renewing
        return ProbeResult.unknown(Reason.NOT_TRIED) if renewing is None else renewing.stands(values, self._clock.now())


class _Probe:
    """One key at its vendor, at the pace of its account."""

    def __init__(self, watch: Watch) -> None:
        self._prober = Prober(watch.transport, watch.issuers, watch.clock, workers=1)
        self._stop = watch.stop

    def __call__(self, match: Match, values: Mapping[str, Secret]) -> ProbeResult:
        """What its vendor says."""
        for _, said, _ in self._prober.try_all([Try(match, values, "", "")], self._stop):
            return said
        return ProbeResult.unknown(Reason.NOT_TRIED, "asked to stop")


def _probes(config: Config, kind: Kind, targets: tuple[Target, ...]) -> Mapping[str, str]:
    """The URL that an `[[identify]]` line gives for a place."""
    return {
        target.place: line.probe
        for line in config.identify
        for target in targets
        if line.probe and line.kind == kind.name and matches(line.place, target.place)
    }
