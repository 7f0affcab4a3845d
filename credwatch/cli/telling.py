"""deliver and alert: what is in the outbox reaches people, or it is said why not."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from functools import partial

import click

from credwatch.alerts import doctor
from credwatch.alerts.channel import Channel
from credwatch.alerts.delivery import Delivered, deliver
from credwatch.alerts.opening import open_channel
from credwatch.alerts.outage import Outage
from credwatch.alerts.routes import Routes
from credwatch.cli.app import App, json_option
from credwatch.cli.render import document, say
from credwatch.errors import DeliveryError, LedgerCorrupt, LedgerFailing, LedgerTooNew
from credwatch.ledger import DELIVER, Lock

UNDELIVERED = 69

_log = logging.getLogger("credwatch.deliver")


@click.command("deliver")
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing.")
@click.option("--well-again", is_flag=True, help="The ledger could not be used, which was told, and now it can.")
@json_option
@click.pass_obj
def deliver_command(app: App, *, dry_run: bool, well_again: bool, as_json: bool) -> int:
    """Send what is in the outbox: to Slack, or to this console where no Slack is configured.

    Exit code 0 when nothing more is due, 69 when a channel takes nothing. When the ledger is damaged or its disk fails,
    that is told instead, once, and the exit code is 74.
    """
    channel = open_channel(app.config, click.echo)
    try:
        delivered = _delivered(app, channel, dry_run=dry_run)
    except (LedgerFailing, LedgerCorrupt, LedgerTooNew) as error:
        if not dry_run:
            _past_the_ledger(partial(_outage(app, channel).tell, str(error), app.config.daemon.blind))
        raise
    if well_again:
        _past_the_ledger(_outage(app, channel).over)
    if delivered.sent or delivered.dropped:
        _log.info("sent %d, no longer true %d", delivered.sent, delivered.dropped)
    if as_json:
        document(vars(delivered))
    elif dry_run:
        _show(delivered)
    elif delivered.sent or delivered.queued or delivered.dead:
        app.say(summed_up(delivered), err=app.config.slack is None)
    if delivered.dead:
        _log.error("not delivered, %s. credwatch alert --test tries the channels", delivered.dead)
    return UNDELIVERED if delivered.dead else 0


def _delivered(app: App, channel: Channel, *, dry_run: bool) -> Delivered:
    with app.ledger(read_only=dry_run) as ledger, app.stopped_by_signals() as stop:
        if dry_run:
            return deliver(ledger, app.config, channel, app.clock, stop, dry_run=True)
        ledger.try_the_disk()
        with Lock(ledger.directory, DELIVER):
            return deliver(ledger, app.config, channel, app.clock, stop)


def _outage(app: App, channel: Channel) -> Outage:
    where = f"{socket.gethostname()}:{app.config.daemon.data.absolute()}"
    return Outage(channel, Routes(app.config.terms), where, app.now())


def _past_the_ledger(tell: Callable[[], bool]) -> None:
    """What cannot be told either is logged."""
    try:
        tell()
    except DeliveryError as error:
        _log.error("that the ledger cannot be used was not delivered: %s", error.reason)


def _show(delivered: Delivered) -> None:
    if not delivered.shown:
        click.echo(" ".join(["Would send nothing.", *_waits(delivered)]))
        return
    count = len(delivered.shown)
    click.echo(f"Would send {count} message{'s' if count != 1 else ''}, shown as Slack will show it:\n")
    for text in delivered.shown:
        click.echo(f"{text}\n")


def summed_up(delivered: Delivered) -> str:
    """How many messages were sent, and what still waits for what."""
    done = f"Sent {delivered.sent}." if delivered.sent or delivered.dead else "Nothing is due."
    return " ".join([done, *_waits(delivered)])


def _waits(delivered: Delivered) -> Iterator[str]:
    """What waits, and for what."""
    if delivered.later and delivered.next_digest:
        waits = "1 waits" if delivered.later == 1 else f"{delivered.later} wait"
        yield f"{waits} for the digest of {delivered.next_digest:%a %H:%M %Z}."
    if delivered.snoozed:
        yield f"{delivered.snoozed} snoozed."
    if stuck := delivered.queued - delivered.later - delivered.snoozed:
        yield f"{stuck} {'waits' if stuck == 1 else 'wait'} for the channel."


@click.command("alert")
@click.option(
    "--test", "test", is_flag=True, required=True, help="Post a message to every channel, and delete it again."
)
@json_option
@click.pass_obj
def alert_command(app: App, *, test: bool, as_json: bool) -> int:
    """Try the channels that alerts go to. Exit code 69 when one takes nothing."""
    del test
    channel = open_channel(app.config, click.echo)
    tested = doctor.test_channels(app.config, channel)
    if as_json:
        document([vars(one) for one in tested])
    elif app.config.slack is None:
        click.echo("No [slack] is configured: alerts are printed by credwatch deliver, as above.")
    else:
        say(" · ".join(f"{one.channel} {'ok' if one.ok else 'FAILED'} ({one.said})" for one in tested))
        if not all(one.ok for one in tested):
            click.echo("credwatch doctor says how to mend it.")
    return 0 if all(one.ok for one in tested) else UNDELIVERED
