"""A place that was deleted after its rotation had ended: what else the rotation left is still looked at, and removed."""

from __future__ import annotations

from credwatch.model.rotating import State
from tests.cli.rotating.yard import CONFIGURATION, CONSUMER, Yard


def test_a_key_that_came_to_be_late_is_removed_though_the_place_is_gone(bare: Yard) -> None:
    file = bare.folder / "disk" / "voice.env"
    file.parent.mkdir()
    file.write_text(f"DEEPGRAM_API_KEY={bare.issue('on disk').value}\n")
    disk = f'[providers.disk]\nuse = "files"\npaths = ["{file.parent}"]\n'
    bare.configure(CONSUMER + disk, base=CONFIGURATION + "disk = {}\n")
    bare.sweep()
    bare.run("--quiet", "rotate", f"disk:{file}#DEEPGRAM_API_KEY", "--yes", "--now")
    bare.run("--quiet", "rotations", "revoke", bare.id)
    assert bare.state() is State.DONE
    late = bare.scene.deepgram.issue(f"on disk {bare.id}-2", "p-1")
    file.unlink()
    bare.later(days=1)

    assert bare.run("--quiet", "rotate", "--due") == 0
    assert late.value not in bare.alive()
