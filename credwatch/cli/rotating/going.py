"""After a person's word: go on at once, and say how it stands."""

from __future__ import annotations

from credwatch.cli import INTERRUPTED
from credwatch.cli.app import App
from credwatch.cli.render import document
from credwatch.cli.rotating.telling import ended, progress
from credwatch.model.rotating import Rotation, State
from credwatch.rotation.working import Workshop


def going_on(app: App, shop: Workshop, rotation: Rotation, *, as_json: bool, left: bool = False) -> int:
    """As long as it goes by itself; the exit code of how it stands then. `left`: that it is aborted is what was asked for."""
    now = shop.go_on(rotation, said=None if as_json else progress(app))
    lines, code = ended(shop.ledger, now, stopped=app.stop.is_set())
    if as_json:
        document(now)
    for line in () if as_json else lines:
        app.say(line)
    code = 0 if left and now.state is State.ABORTED else code
    return INTERRUPTED if app.stop.is_set() and not code else code
