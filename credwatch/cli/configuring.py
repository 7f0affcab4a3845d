"""config check: whether a configuration is right."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click

from credwatch.cli.app import App, json_option
from credwatch.config.configuration import Config
from credwatch.config.loading import load
from credwatch.errors import ConfigError
from credwatch.log import escape_control

WRONG = ConfigError.exit_code
_ALWAYS = ("providers", "rules", "owners", "deadlines")
"""Are counted where there are none, too."""


@click.group("config")
def config_command() -> None:
    """Check the configuration."""


@config_command.command("check")
@json_option
@click.option("--terms", is_flag=True, hidden=True)
@click.option("--ledger", is_flag=True, hidden=True)
@click.pass_obj
def config_check(app: App, *, as_json: bool, terms: bool, ledger: bool) -> int:
    """Say everything that is wrong with the configuration, line by line. Nothing is connected to, no secret is read.

    Exit code 78 when it is wrong. For `credwatch run`: with --terms, what such a process needs of it comes first, on
    one line, before any plug-in is loaded; with --ledger, the ledger is made, or brought up to date, and no more.
    """
    if ledger:
        with app.ledger():
            return 0
    config, problems = _checked(app, terms=terms)
    if as_json:
        from credwatch.cli.render import document  # noqa: PLC0415  asked for only

        warnings = config.warnings if config else ()
        counted = counts(config) if config else {}
        document({"fine": not problems, "problems": problems, "warnings": warnings, **counted})
    elif problems or config is None:
        sys.stderr.writelines(f"{escape_control(line)}\n" for line in problems)
    elif config.path is None:
        app.say(f"There is no configuration file: {summary(config)}. credwatch init writes one.")
    else:
        app.say(f"{config.name} is fine: {summary(config)}")
    return WRONG if problems else 0


def _checked(app: App, *, terms: bool) -> tuple[Config | None, list[str]]:
    """The configuration, if it can be read, and all that is wrong with it."""
    config = None
    try:
        config = app.config
        if terms:
            click.echo(config.terms.written())
        from credwatch.registry import Registry  # noqa: PLC0415  whoever waits for the line has it by now

        return config, Registry.load().check(config)
    except ConfigError as error:
        return config, [*str(error).splitlines(), *(_of_plug_ins(app) if config is None and not terms else ())]


def _of_plug_ins(app: App) -> list[str]:
    """What is wrong with the tables that only plug-ins understand, where the rest cannot be read."""
    from credwatch.registry import Registry  # noqa: PLC0415  only for what is wrong

    try:
        return Registry.load().check(load(app.config_path, app.environ, only=("providers", "issuers")))
    except ConfigError:
        return []


def counts(config: Config) -> Mapping[str, int]:
    """How much is configured."""
    return {
        "providers": len(config.providers),
        "rules": len(config.rules),
        "owners": len(config.owners),
        "deadlines": len(config.deadlines),
        "consumers": len(config.consumers),
        "renewals": len(config.renewals),
    }


def summary(config: Config) -> str:
    """`9 providers, 6 rules, 3 owners, 2 deadlines`, and what only few have where there is any."""
    from credwatch.cli.phrases import plural  # noqa: PLC0415  for people only

    shown = [(name, count) for name, count in counts(config).items() if count or name in _ALWAYS]
    return ", ".join(plural(count, name.removesuffix("s")) for name, count in shown)
