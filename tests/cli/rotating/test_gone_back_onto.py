"""Gone back from, a place keeps what somebody edited since: the former key is laid upon it, though the store keeps one former value only."""

from __future__ import annotations

from pathlib import Path

import pytest

from credwatch.model.rotating import Rotation, State, Turn, Wish
from credwatch.rotation.choosing import wish
from credwatch_providers.files.beside import lay
from credwatch_providers.files.swapping import content
from tests.cli.rotating.yard import CONFIGURATION, CONSUMER, KilledError, Yard


def begun(yard: Yard) -> tuple[Path, str]:
    """A key in a file went new; then somebody edited the file."""
    file = yard.folder / "disk" / "voice.env"
    file.parent.mkdir()
    file.write_text(f"DEEPGRAM_API_KEY={yard.issue('on disk').value}\nOTHER=kept\n")
    before = file.read_text()
    disk = f'[providers.disk]\nuse = "files"\npaths = ["{file.parent}"]\n'
    yard.configure(CONSUMER + disk, base=CONFIGURATION + "disk = {}\n")
    yard.sweep()
    assert yard.run("--quiet", "rotate", f"disk:{file}#DEEPGRAM_API_KEY", "--yes") == 0
    file.write_text(file.read_text().replace("kept", "edited"))
    return file, before.replace("kept", "edited")


def test_what_was_edited_meanwhile_stays_and_the_old_key_is_there_again(bare: Yard) -> None:
    file, wanted = begun(bare)

    assert bare.run("--quiet", "rollback", bare.id) == 0

    assert file.read_text() == wanted
    bare.later(hours=25)
    bare.run("--quiet", "rotate", "--due")
    assert (bare.state(), file.read_text()) == (State.ROLLED_BACK, wanted)


def test_a_process_killed_where_the_new_value_was_laid_aside_does_not_lose_the_old_key(bare: Yard) -> None:
    file, wanted = begun(bare)

    def killed(rotation: Rotation, turn: Turn) -> None:
        if turn.targets is not None and turn.targets[0].pending_version.startswith("back:"):
            now = content(file, 1 << 20)
            lay(file, "former", {"mark": rotation.mark, "base": now.version}, now.data, now)
            raise KilledError

    with bare.shop() as shop:
        with shop.alone(shop.journal.one(bare.id)) as rotation:
            wished = wish(shop.run(rotation), Wish.ROLLBACK, "ana")
        with pytest.raises(KilledError):
            shop.go_on(wished, said=killed)
    bare.run("--quiet", "rotate", "--due")

    assert (file.read_text(), bare.rotation.trouble) == (wanted, None)
