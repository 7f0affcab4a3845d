"""doctor: every connection is tried, and each complaint ends with how to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import click

from credwatch.cli.app import App, json_option
from credwatch.cli.examining import abroad, house
from credwatch.cli.examining.egress import hosts
from credwatch.cli.examining.programs import programs
from credwatch.cli.render import Column, aligned, document, fitted, say, wrapped
from credwatch.config.configuration import Config
from credwatch.config.near import did_you_mean
from credwatch.contract import Closes, Diagnosis, Needs
from credwatch.errors import ConfigError
from credwatch.log import unquoted
from credwatch.registry import Registry
from credwatch.transport import Transport
from credwatch.transport.noting import Noting

WRONG = 1
_MOUNTS = Path("/proc/self/mountinfo")
_WIDEST = 44
"""So wide the second column is at most; what is longer pushes its own line only."""

Lines = Sequence[tuple[str, Sequence[Diagnosis]]]
"""What was looked at, and what was found."""


@click.command("doctor")
@click.argument("providers", nargs=-1)
@click.option("--policy", metavar="PROVIDER", help="Print the least rights that this provider needs, and nothing else.")
@click.option(
    "--rotate",
    is_flag=True,
    help="Try the logins of [rotate.identities] too, which write; with --policy, print the rights of that one.",
)
@click.option(
    "--egress",
    is_flag=True,
    help="Print the hosts that may be called, one per line; a cloud's SDK calls its own beside them.",
)
@json_option
@click.pass_obj
def doctor_command(
    app: App, providers: tuple[str, ...], *, policy: str | None, rotate: bool, egress: bool, as_json: bool
) -> int:
    """Try every connection, or those to PROVIDERS, and say how to mend what is wrong.

    Nothing is written, and no data directory is needed. Exit code 1 when anything is wrong.
    """
    registry, config = Registry.load(), app.config
    for name in (*providers, *([policy] if policy else [])):
        if name not in config.providers:
            near = did_you_mean(name, config.providers)
            raise ConfigError(
                f"there is no provider {name!r}.{near} Configured: {', '.join(config.providers) or 'none'}"
            )
    if rotate:
        _named([policy] if policy else providers, config)
    if policy:
        _print_policy(app, registry, policy, rotating=rotate, as_json=as_json)
        return 0
    if egress:
        _print_egress(config, registry, as_json=as_json)
        return 0
    found = _examined(app, config, registry, providers, rotate=rotate)
    wrong = [(name, line) for name, lines in found for line in lines if not line.ok]
    if as_json:
        lines = [{"about": name, **vars(line)} for name, lines in found for line in lines]
        document({"wrong": len(wrong), "lines": lines})
    else:
        for text in (*_table(found), *_verdict(wrong)):
            say(text)
    return WRONG if wrong else 0


def _named(names: Sequence[str], config: Config) -> None:
    """ConfigError for one that nobody rotates at."""
    without = [name for name in names if name not in config.rotate.identities]
    if without or not config.rotate.identities:
        whom = f"name {without[0]}" if without else "name somebody"
        raise ConfigError(f"--rotate is about those who write: [rotate.identities] must {whom}")


def _examined(app: App, config: Config, registry: Registry, only: Sequence[str], *, rotate: bool) -> Lines:
    problems = [] if only else registry.check(config)
    transport = Noting(proxy=config.network.proxy, ca=config.network.ca, clock=app.clock)
    examinations: list[tuple[str, abroad.Examination]] = [] if only else [("slack", partial(abroad.slack, config))]
    for name in only or config.providers:
        rotates = rotate and name in config.rotate.identities
        looked = partial(abroad.provider, config, registry, name, transport, problems, rotates=rotates)
        examinations.append((name, looked))
    try:
        outside = abroad.side_by_side(examinations, app.clock)
    finally:
        transport.close()
    clock = ("clock", list(house.clock(transport.ahead)))
    if only:
        return [*outside, clock]
    mounts = _MOUNTS.read_text() if _MOUNTS.exists() else ""
    checked = ("config", list(house.configuration(config, problems)))
    ours = list(programs(config, app.environ))
    rotating = [("rotate", ours)] if ours else []
    return [checked, ("data", [house.data(config, app.now(), mounts)]), clock, *rotating, *outside]


def _table(found: Lines) -> Iterator[str]:
    rows = [
        (name if number == 0 else "", line.what, "ok" if line.ok else "WRONG", line.said)
        for name, lines in found
        for number, line in enumerate(lines)
    ]
    name, what, *others = fitted([Column("")] * 4, rows)
    what = Column("", min(what.width, _WIDEST))
    yield from (f"  {line}" for line in aligned([name, what, *others[:-1], Column("")], rows))


def _verdict(wrong: Sequence[tuple[str, Diagnosis]]) -> Iterator[str]:
    yield ""
    if not wrong:
        yield "Nothing is wrong."
        return
    yield "One thing is wrong." if len(wrong) == 1 else f"{len(wrong)} things are wrong."
    for name, line in wrong:
        yield from wrapped(f"  {name}: ", [f"{line.what}: {line.said}"])
        yield from ([f"    {line.mend}"] if line.mend else [])


def _print_policy(app: App, registry: Registry, name: str, *, rotating: bool, as_json: bool) -> None:
    config = app.config
    transport = Transport(proxy=config.network.proxy, ca=config.network.ca, clock=app.clock)
    try:
        opened = registry.open(config, name, transport, rotating=rotating)
        if not isinstance(opened, Needs):
            raise ConfigError(f"{name} has no policy to print: it needs no rights but to be reached and read")
        try:
            policy = unquoted(opened.least_privilege())
        finally:
            if isinstance(opened, Closes):
                opened.close()
    finally:
        transport.close()
    if as_json:
        document({"provider": name, "policy": policy})
    else:
        for line in policy.splitlines():
            say(line)


def _print_egress(config: Config, registry: Registry, *, as_json: bool) -> None:
    called = hosts(config, registry)
    if as_json:
        document(called)
    else:
        for host in called:
            say(host)
