"""After a person's word: go on at once, and say how it stands."""

from __future__ import annotations

from credwatch.cli import INTERRUPTED
from credwatch.cli.app import App
from credwatch.cli.render import document
from credwatch.cli.rotating.telling import ended, progress
from credwatch.errors import CredwatchError, LedgerLocked
from credwatch.model.rotating import Rotation, State
from credwatch.rotation.working import Workshop


class Kept(CredwatchError):  # noqa: N818  the state is the name
    """What a person said is written down, and could not be gone on with at once."""

    def __init__(self, rotation: Rotation, error: CredwatchError) -> None:
        again = "The daemon tries again, or: credwatch rotate --due"
        super().__init__(f"that is written down and holds, but cw-{rotation.id} cannot go on now: {error}. {again}")
        self.exit_code = error.exit_code


def going_on(app: App, shop: Workshop, rotation: Rotation, *, as_json: bool, left: bool = False) -> int:
    """As long as it goes by itself; the exit code of how it stands then. `left`: that it is aborted is what was asked for."""
    try:
        now = shop.go_on(rotation, said=None if as_json else progress(app))
    except LedgerLocked:
        app.say(f"That is written down. Another process goes on with it now: credwatch rotations show cw-{rotation.id}")
        return 0
    except CredwatchError as error:
        raise Kept(rotation, error) from None
    lines, code = ended(shop.ledger, now, stopped=app.stop.is_set())
    if as_json:
        document(now)
    for line in () if as_json else lines:
        app.say(line)
    code = 0 if left and now.state is State.ABORTED else code
    return INTERRUPTED if app.stop.is_set() and not code else code
