"""The installed plug-ins, and what a configuration makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

from credwatch.config.addresses import host_of
from credwatch.config.complaints import Checked
from credwatch.config.configuration import Config, ProviderTable
from credwatch.config.near import did_you_mean
from credwatch.contract import Issuer, Plugin, Provider, Settings, Setup
from credwatch.errors import ConfigError
from credwatch.model import Kind
from credwatch.registry.checks import lines, stray_issuers, validated, wrong_identify, wrong_rules
from credwatch.registry.identities import identified, stray_identities
from credwatch.transport import Guarded, Patient, Transport

GROUP = "credwatch.providers"
OURS = ("deadline", "unrecognised")
"""Kinds that no plug-in offers."""
LISTING = 8 << 20
"""Bytes of one answer to a connection: the names of 100,000 items, or a value of 1 MiB however it is escaped."""
LONGER = 2
"""A page of a list may take so many times as long as a probe."""
_CORE = ("use", "every", "read", "proxy")


@dataclass(frozen=True)
class Registry:
    """The installed plug-ins by name, and what a configuration makes of them."""

    plugins: Mapping[str, Plugin]

    @classmethod
    def load(cls, entry_points: Iterable[metadata.EntryPoint] | None = None) -> Registry:
        """Import every installed plug-in. ConfigError names each one that cannot be used."""
        found: dict[str, Plugin] = {}
        from_where: dict[str, str] = {}
        broken: list[str] = []
        for entry in metadata.entry_points(group=GROUP) if entry_points is None else entry_points:
            if from_where.setdefault(entry.name, entry.value) != entry.value:
                broken.append(f'{_called(entry)}: another one is named "{entry.name}" too. Uninstall one of them.')
                continue
            try:
                plugin = entry.load()
            except Exception as error:  # noqa: BLE001  whatever a stranger's module raises, its name is what helps
                broken.append(f"{_called(entry)} cannot be loaded, {type(error).__name__}: {error}. {_MEND}")
                continue
            if isinstance(plugin, Plugin):
                found[entry.name] = plugin
            else:
                broken.append(f"{_called(entry)} is no plug-in but a {type(plugin).__name__}. {_MEND}")
        if broken:
            raise ConfigError("\n".join(broken))
        return cls(dict(sorted(found.items())))

    def kinds(self, config: Config) -> tuple[Kind, ...]:
        """Every kind of key that can be recognised, with all hosts it may be sent to. ConfigError when two share a name."""
        return tuple(kind for kind, _ in self._offers(config).values())

    def issuers(self, config: Config) -> Mapping[str, tuple[Kind, Issuer]]:
        """Kind name to the kind and to who tries it; kinds that nobody can try are left out."""
        return {name: (kind, issuer) for name, (kind, issuer) in self._offers(config).items() if issuer}

    def connections(self, config: Config) -> tuple[str, ...]:
        """The names of the tables that `open` makes a connection of; the others are kinds of key themselves."""
        return tuple(name for name, table in config.providers.items() if self._plugin(config, table).provider)

    def open(
        self, config: Config, name: str, transport: Transport, *, rotating: bool = False, writes: bool = True
    ) -> Provider:
        """The connection of `[providers.NAME]`. ConfigError when the table is wrong or is no connection.

        It writes only when it is opened for a rotation and `[rotate.identities]` names it: as that identity. Without
        `writes` it is the same identity, and refuses as the watch does.
        """
        if name not in config.providers:
            near = did_you_mean(name, config.providers)
            raise ConfigError(f"{config.name}: there is no [providers.{name}].{near}")
        table = config.providers[name]
        plugin = self._plugin(config, table)
        if plugin.provider is None:
            said = " describes a kind of key; there is no connection to open."
            raise ConfigError(config.source.complaint(("providers", name), said))
        identity = self._rotating(config, table) if rotating else None
        settings = identity or self._table(config, table)
        writes = writes and identity is not None
        issuer, addresses = self._issuer(config, table.use)
        hosts = {*plugin.hosts, *addresses, *(host for kind in plugin.kinds for host in kind.hosts)}
        deadline = LONGER * transport.bounds.deadline

        def guarded(hosts: Iterable[str], *, direct: bool, ca: Path | None = None) -> Guarded:
            out = transport if ca is None else transport.trusting(ca)
            way = out.to(hosts, deadline=deadline, max_body=LISTING, direct=direct)
            return Guarded(Patient(way, transport.clock), way, plugin.harmless, writes=writes)

        return plugin.provider(
            Setup(
                name,
                settings,
                issuer,
                http=guarded(hosts, direct=False),
                reach=lambda host: guarded((host,), direct=not table.proxy),
                ca=config.network.ca,
                proxy=config.network.proxy if table.proxy else None,
                timeout=deadline,
                writes=writes,
                trusting=lambda host, ca: guarded((host,), direct=not table.proxy, ca=ca),
            )
        )

    def reached(self, config: Config, table: ProviderTable) -> Iterable[str]:
        """The hosts that this table's connection calls, as far as no key of it names them whole. ConfigError as `open`."""
        plugin = self._plugin(config, table)
        if plugin.reaches is None:
            return ()
        return plugin.reaches(self._table(config, table), self._issuer(config, table.use)[0])

    def check(self, config: Config) -> list[str]:
        """Everything that is wrong with the tables which only plug-ins understand, one line each; nothing is opened."""
        problems = [*stray_issuers(config, self.plugins), *stray_identities(config)]
        for name in self.plugins:
            problems += lines(self._issuer, config, name)
        for table in config.providers.values():
            wrong = lines(self._table, config, table)
            problems += wrong or lines(self._rotating, config, table)
        if problems:
            return problems
        try:
            kinds = {kind.name: kind for kind in self.kinds(config)}
        except ConfigError as error:
            return str(error).splitlines()
        return [*wrong_identify(config, kinds), *wrong_rules(config, (*kinds, *OURS))]

    def _offers(self, config: Config) -> dict[str, tuple[Kind, Issuer | None]]:
        """Kind name to the kind and its issuer: the plug-ins' first, then the tables that are kinds themselves."""
        offers: dict[str, tuple[Kind, Issuer | None]] = {}
        from_where = dict.fromkeys(OURS, "credwatch itself")
        for name, plugin in self.plugins.items():
            settings, hosts = self._issuer(config, name)
            issuer = plugin.issuer(settings) if plugin.issuer else None
            for kind in plugin.kinds:
                if other := from_where.get(kind.name):
                    raise ConfigError(
                        f'plug-in {name}: {other} offers a kind of key named "{kind.name}" too. Uninstall one of them.'
                    )
                from_where[kind.name] = f"plug-in {name}"
                tried = kind.probed and issuer is not None
                wider = tuple(dict.fromkeys((*kind.hosts, *hosts))) if kind.probed else kind.hosts
                offers[kind.name] = replace(kind, hosts=wider), issuer if tried else None
        for table in config.providers.values():
            own = self._plugin(config, table).own
            if own is None:
                continue
            if other := from_where.get(table.name):
                said = f": {other} has a kind of key of this name. Give the table another one."
                raise ConfigError(config.source.complaint(("providers", table.name), said))
            kind, tries = own(table.name, self._table(config, table))
            offers[table.name] = replace(kind, least_interval=table.every or kind.least_interval), tries
        return offers

    def _plugin(self, config: Config, table: ProviderTable) -> Plugin:
        at = ("providers", table.name)
        plugin = self.plugins.get(table.use)
        if plugin is None:
            near = did_you_mean(table.use, self.plugins, '"{}"')
            said = f": no plug-in of this name is installed.{near} Installed: {', '.join(self.plugins) or 'none'}."
            raise ConfigError(config.source.complaint((*at, "use"), said))
        if not plugin.provider and not plugin.own:
            said = " needs no table: its keys are recognised and tried wherever they are kept. Take the table out."
            raise ConfigError(config.source.complaint(at, said))
        return plugin

    def _table(self, config: Config, table: ProviderTable) -> Settings:
        model = self._plugin(config, table).provider_settings
        settings: Settings = validated(config, Checked(model, table.table, ("providers", table.name), also=_CORE))
        return settings

    def _rotating(self, config: Config, table: ProviderTable) -> Settings | None:
        """The table with the identity that writes; None: it has none."""
        settings: Settings | None = identified(config, table, self._plugin(config, table))
        return settings

    def _issuer(self, config: Config, name: str) -> tuple[Settings, tuple[str, ...]]:
        """The settings of `[issuers.NAME]`, and the hosts of the addresses in it."""
        given = config.issuers.get(name, {})
        settings: Settings = validated(config, Checked(self.plugins[name].issuer_settings, given, ("issuers", name)))
        hosts = []
        for key, value in settings:
            if value and (key == "base_url" or key.endswith("_url")):
                try:
                    hosts.append(host_of(str(value)))
                except ValueError as error:
                    raise ConfigError(config.source.complaint(("issuers", name, key), f": {error}")) from None
        return settings, tuple(hosts)


_MEND = "Mend it, upgrade it or uninstall it."


def _called(entry: metadata.EntryPoint) -> str:
    package = f", of {entry.dist.name} {entry.dist.version}" if entry.dist else ""
    return f'plug-in "{entry.name}" ({entry.value}{package})'
