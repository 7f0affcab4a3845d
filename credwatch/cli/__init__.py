"""The command line: one file per family of commands. It prints, asks and exits; it decides nothing.

Exit codes: 0 all is well · 1 something wants attention (a date is near, age, a wrong line in `doctor`) · 2 a key is refused
or past its date · 3 something could not be told · 64 wrong usage · 69 a system cannot be reached · 70 a defect of
credwatch · 74 the ledger cannot be used · 75 another process is at work · 78 wrong configuration · 130 interrupted.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import click

from credwatch.clock import SYSTEM, Clock
from credwatch.errors import CredwatchError

UNTOLD, USAGE, DEFECT, INTERRUPTED = 3, 64, 70, 130

_LAST = 2
"""The number of standard error."""

COMMANDS = {
    "check": ("checking", "Try the credentials in files, or everything that is configured, once."),
    "init": ("starting", "Look at what is here and write a first configuration."),
    "doctor": ("examining", "Try every connection and say how to mend what is wrong."),
    "config": ("configuring", "Check the configuration."),
    "sweep": ("sweeping", "Look at everything once, and put what is news into the outbox."),
    "deliver": ("telling", "Send what is in the outbox."),
    "alert": ("telling", "Try the channels."),
    "run": ("running", "Sweep, deliver and rotate on time, until stopped."),
    "window": ("running", "Serve the read-only page and /health from the ledger."),
    "status": ("surveying", "What fails now, what fails next, and what failed lately."),
    "list": ("asking", "Every credential and the places that hold it."),
    "show": ("showing", "All that is known of one credential."),
    "history": ("asking", "What happened to one credential, or to all."),
    "ack": ("answering", "Say that somebody has it."),
    "snooze": ("answering", "Say nothing more about it until a time, never past its date."),
    "rotate": ("rotating.beginning", "Put a new key in the place of one, everywhere that holds it."),
    "rotations": ("rotating.listing", "The rotations under way and the last ones, each with its evidence."),
    "resume": ("rotating.choosing", "Go on with a rotation that has stopped, as you choose."),
    "abort": ("rotating.choosing", "Leave a rotation before a place holds the new key."),
    "rollback": ("rotating.choosing", "Give every place its former key again."),
    "pause": ("rotating.choosing", "Hold a rotation, or all that would begin."),
    "unpause": ("rotating.choosing", "Let it go on, or let them begin again."),
    "recover": ("rotating.recovering", "After the ledger was lost: find what rotations left, and build them anew."),
    "incident": ("rotating.incident", "The plan for every key of one vendor, in order. Nothing is changed."),
    "demo": ("demonstrating", "The whole job on a sandbox, in under a minute."),
}
"""Command to its module in this folder and its one line of help: `--help` imports none of them."""


class Commands(click.Group):
    """Loads a command's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """In the order in which they are met."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """The command, or None when there is no such one."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"credwatch.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A near miss is answered with the right word."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches  # noqa: PLC0415  only a wrong word needs it

            near = get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean {near[0]}?" if near else " credwatch --help lists the commands."
            raise click.UsageError(f"there is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's signature
        """The list of commands, without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path, readable=False),  # what it is, and what to do, is said where it is read
    help="The configuration. Else $CREDWATCH_CONFIG, ./credwatch.toml or /etc/credwatch/credwatch.toml.",
)
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="warning")
@click.option("--quiet", "-q", is_flag=True, help="Only the log: for children of the daemon, and for cron.")
@click.version_option(None, "--version", package_name="credwatch", message="credwatch %(version)s")
@click.pass_context
def credwatch(ctx: click.Context, config: Path | None, log_level: str, *, quiet: bool) -> None:
    """Watch every production credential, try each one live, and tell the on-call before it dies.

    The shell completes these commands after: eval "$(_CREDWATCH_COMPLETE=bash_source credwatch)" (or zsh_source, fish_source).
    """
    from credwatch.cli.app import App  # noqa: PLC0415  `--help` needs none of it
    from credwatch.log import setup  # noqa: PLC0415  the same

    setup(log_level.upper(), json=not sys.stderr.isatty(), stream=sys.stderr)
    ctx.obj = App(config, os.environ, ctx.obj, quiet)


def main(argv: Sequence[str] | None = None, *, clock: Clock = SYSTEM) -> int:
    """Run one command; the exit code."""
    arguments: list[str] = list(sys.argv[1:] if argv is None else argv)
    _no_core_files()
    _no_onlookers()
    _streams()
    out = sys.stdout
    try:
        code = _run(arguments, clock)
        out.flush()
    except BrokenPipeError:
        return _unread(out)
    except OSError as error:
        click.echo(
            f"credwatch: the output cannot be written: {error.strerror}. Make room, or send it elsewhere", err=True
        )
        _unread(out)
        return UNTOLD
    except SystemExit:
        if sys.stdout is out:
            raise
        return _unread(out)  # click puts a wrapper in its place before it leaves over a broken pipe
    return code


def _run(arguments: list[str], clock: Clock) -> int:
    try:
        code: Any = credwatch.main(arguments, prog_name="credwatch", standalone_mode=False, obj=clock)
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        click.echo(_shown(said.getvalue()), err=True, nl=False)
        return USAGE if isinstance(error, click.UsageError) else error.exit_code
    except CredwatchError as error:
        click.echo(f"credwatch: {_shown(str(error))}", err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, SystemExit) and not isinstance(error.code, str):
            raise  # with words Python itself would print them, and they may quote a secret
        if isinstance(error, OSError) and _full(sys.stdout):
            raise
        import logging  # noqa: PLC0415  `--help` needs none of it

        logging.getLogger("credwatch").critical("a defect of credwatch; please report it with this line", exc_info=True)
        return DEFECT
    return code if isinstance(code, int) else 0


def _shown(said: str) -> str:
    """Words about what somebody else named, line by line: nothing in them moves the cursor, and no secret is in them."""
    from credwatch.log import Scrubber, escape_control  # noqa: PLC0415  `--help` needs none of it

    return "\n".join(map(escape_control, Scrubber().scrub(said).split("\n")))


def _streams() -> None:
    """There is something to write to, and it takes every sign.

    Who closed a stream hears nothing, and what is opened next does not get its number. Where an encoding lacks a sign
    its number is written.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= _LAST:
        os.set_inheritable(number, True)
    os.close(number)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _full(out: TextIO) -> bool:
    """Whether it is the output that takes nothing: its disk is full. What it did not take is not kept, so a line is tried."""
    try:
        out.write("\n")
        out.flush()
    except OSError:
        return True
    return False


def _unread(out: TextIO) -> int:
    """Whoever read the output has left: `credwatch list | head`. What is still to be written goes nowhere, without a word."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
    return INTERRUPTED


def _no_onlookers() -> None:
    """Pydantic would hand what it checks to every package that calls itself its plug-in, and look through all for them."""
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"


def _no_core_files() -> None:
    """A core file would hold the values that were being tried.

    One byte, not none: no core fits into it, and Linux hands none to a program either (`|` in core_pattern, which a
    limit of 0 does not hold back).
    """
    import resource  # noqa: PLC0415  not on every platform that can show `--help`

    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    limit = 0 if most == 0 else 1
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
