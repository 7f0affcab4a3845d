"""resume, abort, rollback, pause, unpause: what a person decides. Each is written down with who, before it holds."""

from __future__ import annotations

import os

import click

from credwatch.cli.answering import who
from credwatch.cli.app import App, json_option
from credwatch.cli.render import document
from credwatch.cli.rotating.going import going_on
from credwatch.cli.rotating.opening import by_option, reason_option, workshop
from credwatch.cli.rotating.words import Word
from credwatch.errors import ConfigError, CredwatchError
from credwatch.ledger.journal import Journal
from credwatch.model.rotating import ENDED, Rotation, State, Wish
from credwatch.rotation.choosing import Choice, resume, wish
from credwatch.rotation.confirming import end_here, left_behind, pause
from credwatch.rotation.opening import Unworkable
from credwatch.rotation.room import room
from credwatch.rotation.run import Run
from credwatch.rotation.working import GONE, Workshop


@click.command("resume")
@click.argument("which", metavar="ID")
@click.option("--adopt", default="", metavar="KEY", help="This key at the vendor is ours.")
@click.option(
    "--leave", default="", metavar="KEY_OR_PLACE", help="That key is not ours; or what stands in that place stays."
)
@click.option("--overwrite", default="", metavar="PLACE@VERSION", help="What somebody wrote there may be lost.")
@reason_option("it goes on so")
@by_option
@json_option
@click.pass_obj
def resume_command(
    app: App, which: str, *, adopt: str, leave: str, overwrite: str, reason: str, given: str | None, as_json: bool
) -> int:
    """Go on with a rotation that has stopped, as you choose. `credwatch rotations show ID` names what can be chosen."""
    if sum(map(bool, (adopt, leave, overwrite))) > 1:
        raise click.UsageError("one choice at a time: --adopt, --leave or --overwrite")
    by = who(given, app.environ, os.getuid())
    with workshop(app) as shop:
        with shop.decided(shop.journal.one(which)) as rotation:
            if rotation.paused:
                raise click.UsageError(f"cw-{rotation.id} is paused: credwatch unpause cw-{rotation.id}")
            place = leave if leave in {one.place for one in rotation.targets} else ""
            choice = Choice(adopt, "" if place else leave, overwrite, place)
            with Word(by, "resume", reason, choice.words).of(rotation, shop.ledger, app.now()):
                chosen = resume(_run(shop, rotation), choice, by, reason)
        if chosen.state in ENDED:
            if as_json:
                document(chosen)
                return 0
            app.say(f"{adopt or leave} {'is deleted at its vendor' if adopt else 'stays; it is not asked for again'}.")
            return 0
        return going_on(app, shop, chosen, as_json=as_json)


@click.command("abort")
@click.argument("which", metavar="ID")
@click.option(
    "--here", is_flag=True, help="Its provider is gone from the configuration: end it here, and change nothing outside."
)
@reason_option("it is left")
@by_option
@json_option
@click.pass_obj
def abort_command(app: App, which: str, *, here: bool, reason: str, given: str | None, as_json: bool) -> int:
    """Leave a rotation before a place holds the new key: the slots are emptied, and the new key is deleted."""
    by = who(given, app.environ, os.getuid())
    if here:
        return _end_here(app, which, Word(by, "abort", reason, "here"), as_json=as_json)
    return _undo(app, which, Wish.ABORT, Word(by, "abort", reason), as_json=as_json)


@click.command("rollback")
@click.argument("which", metavar="ID")
@reason_option("it is taken back")
@by_option
@json_option
@click.pass_obj
def rollback_command(app: App, which: str, *, reason: str, given: str | None, as_json: bool) -> int:
    """Give every place its former key again; the new one is kept for a while, then deleted."""
    word = Word(who(given, app.environ, os.getuid()), "rollback", reason)
    return _undo(app, which, Wish.ROLLBACK, word, as_json=as_json)


def _undo(app: App, which: str, wanted: Wish, word: Word, *, as_json: bool) -> int:
    with workshop(app) as shop:
        with shop.decided(shop.journal.one(which)) as rotation, word.of(rotation, shop.ledger, app.now()):
            wished = wish(_run(shop, rotation), wanted, word.by, word.reason)
        return going_on(app, shop, wished, as_json=as_json, left=True)


def _run(shop: Workshop, rotation: Rotation) -> Run:
    """ConfigError, with the way out, when what it works with is gone from the configuration."""
    try:
        return shop.run(rotation)
    except ConfigError as error:
        if not shop.gone(rotation) and not isinstance(error, Unworkable):
            raise
        raise ConfigError(f"{error}. {GONE.format(id=rotation.id)}") from None


def _works(shop: Workshop, rotation: Rotation) -> bool:
    """Whether it can be gone on with, now or when somebody answers again."""
    try:
        shop.run(rotation)
    except Unworkable:
        return False
    except CredwatchError:
        return True
    return True


def _end_here(app: App, which: str, word: Word, *, as_json: bool) -> int:
    """It needs no world, and says what is left of it there."""
    with workshop(app) as shop, shop.decided(shop.journal.one(which)) as rotation:
        if rotation.state not in ENDED and not shop.gone(rotation) and _works(shop, rotation):
            show = f"credwatch rotations show cw-{rotation.id}"
            raise click.UsageError(
                f"all that cw-{rotation.id} works with is configured, so it is ended there too: {show}"
            )
        with word.of(rotation, shop.ledger, app.now()):
            done = end_here(shop.journal, rotation, word.by, app.now(), word.reason)
    if as_json:
        document(done)
        return 0
    app.say(f"cw-{done.id} is over here. Nothing outside was looked at or changed. When it was last seen:")
    for line in left_behind(rotation):
        app.say(f"  {line}")
    return 0


@click.command("pause")
@click.argument("which", metavar="[ID]", required=False)
@reason_option("it waits", "it is kept, and of one rotation it is said in Slack")
@by_option
@click.pass_obj
def pause_command(app: App, which: str | None, *, reason: str, given: str | None) -> None:
    """Do nothing more in this rotation; without an ID: begin none. What worked goes on working."""
    by = who(given, app.environ, os.getuid())
    if which is None:
        with app.ledger() as ledger:
            Journal(ledger).pause_all(reason, by, app.now())
        app.say("No rotation is begun any more; those under way go on. credwatch unpause ends it.")
        return
    rotation = _set(app, which, Word(by, "pause", reason), paused=True)
    how = "where it is; nothing is broken"
    if rotation.state is State.NEEDS_OPERATOR:
        how = "and had stopped already: while it is, nobody is reminded that a person must choose"
    app.say(f"cw-{rotation.id} is paused {how}. credwatch unpause cw-{rotation.id}")


@click.command("unpause")
@click.argument("which", metavar="[ID]", required=False)
@by_option
@click.pass_obj
def unpause_command(app: App, which: str | None, *, given: str | None) -> None:
    """Go on with this rotation; without an ID: rotations may begin again."""
    by = who(given, app.environ, os.getuid())
    if which is None:
        with app.ledger() as ledger:
            Journal(ledger).unpause_all(by, app.now())
        app.say("Rotations may begin again. One that was paused by itself stays so.")
        return
    rotation = _set(app, which, Word(by, "unpause"), paused=False)
    if rotation.state is State.NEEDS_OPERATOR:
        app.say(
            f"cw-{rotation.id} is paused no more, and waits for a person: credwatch rotations show cw-{rotation.id}"
        )
        return
    app.say(f"cw-{rotation.id} goes on with the next turn of the daemon, or: credwatch rotate --due")


def _set(app: App, which: str, word: Word, *, paused: bool) -> Rotation:
    """It needs no world: not even a vendor has to answer."""
    with app.ledger() as ledger:
        journal = Journal(ledger)
        with room(ledger.directory, journal.one(which).id, app.clock, app.stop):
            rotation = journal.one(which)
            with word.of(rotation, ledger, app.now()):
                return pause(journal, rotation, word.by, app.now(), paused=paused, why=word.reason)
