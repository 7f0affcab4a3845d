"""init: the first configuration."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import click

from credwatch.cli.app import App
from credwatch.cli.drafting import Draft, draft
from credwatch.cli.phrases import plural
from credwatch.cli.render import say, wrapped
from credwatch.errors import ConfigError
from credwatch.registry import Registry

USUAL = Path("credwatch.toml")
_MODE = 0o644
"""It holds references and no secret."""


@click.group("init", invoke_without_command=True)
@click.option(
    "--path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write it. Else --config, else ./credwatch.toml.",
)
@click.option("--force", is_flag=True, help="Write over what is there.")
@click.pass_context
def init_command(context: click.Context, path: Path | None, *, force: bool) -> None:
    """Look at the environment and write a first configuration. It holds references only; no value is read or written."""
    if context.invoked_subcommand is not None:
        return
    app: App = context.obj
    where = path or app.config_path or USUAL
    drafted = draft(Registry.load(), app.environ, str(where))
    _write(where, drafted.text, force=force)
    for line in _told(drafted, where):
        say(line)


@init_command.command("slack-app")
def slack_app() -> None:
    """Print the manifest of the Slack app: paste it at api.slack.com/apps, "Create New App", "From a manifest"."""
    click.echo(resources.files("credwatch.cli").joinpath("slack-app.yaml").read_text(encoding="utf-8"), nl=False)


def _write(path: Path, text: str, *, force: bool) -> None:
    """The whole file or none; what is there stays unless `force` is given. ConfigError when it cannot be written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if not force and os.path.lexists(path):
            raise ConfigError(f"{path} is there already. --force writes over it, --path writes another")
        beside.write_text(text, encoding="utf-8")
        beside.chmod(_MODE)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ConfigError(f"{path} cannot be written: {error.strerror}. Name another place with --path") from None


def _told(drafted: Draft, path: Path) -> Iterator[str]:
    found = drafted.found or ("nothing in this environment",)
    yield from wrapped("Found: ", [f"{one};" for one in found[:-1]] + [f"{found[-1]}."], by=" ")
    if not drafted.slack:
        yield "Not found: Slack."
    for problem in drafted.left_out.values():
        yield f"Left out: {problem}"
    lines = plural(drafted.text.count("\n"), "line")
    named = "" if path == USUAL else f" --config {path}"
    yield f"Wrote {path} ({lines}). Next: credwatch{named} doctor"
