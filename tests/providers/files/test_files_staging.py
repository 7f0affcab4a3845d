"""What only files refuse, and what only they keep, when a rotation writes them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from credwatch.contract import Conflict, Item, NoSettings, Payload, ProviderError, Reason, Secret, Setup
from credwatch_providers.files import Files, FilesTable
from credwatch_providers.files.writable import why_not

MARK = "cw-01JD8Z5Q3V7K2M9N4P6R8T0W1X-1"
OTHERS = "cw-01JD8Z5Q3V7K2M9N4P6R8T0W1Z-1"
NOBODY = 65534


class Standing:
    """A clock that stands."""

    def now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC)


def files(root: Path) -> Files:
    return Files(Setup("files", FilesTable(paths=(str(root),)), NoSettings(), Standing(), None, writes=True))  # type: ignore[arg-type]


def item(path: Path) -> Item:
    return Item("files", str(path))


def new(value: str | bytes = "new") -> Payload:
    return Payload({"": Secret(value)})


def promoted(path: Path, value: str = "new") -> Files:
    """The connection that wrote it."""
    store = files(path.parent)
    held = store.held(item(path))
    store.promote(item(path), store.stage(item(path), new(value), MARK, ""), held.version)
    return store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that holds `old`."""
    made = tmp_path / "key.env"
    made.write_text("old")
    return made


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A directory of somebody who is not root."""
    before = os.geteuid()
    with tempfile.TemporaryDirectory() as made:
        os.chown(made, NOBODY if before == 0 else before, -1)
        if before == 0:
            os.seteuid(NOBODY)
        try:
            yield Path(made)
        finally:
            os.seteuid(before)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o755, 0o2640])
def test_the_mode_is_kept_and_what_lies_beside_is_shut(path: Path, mode: int) -> None:
    path.chmod(mode)
    store = promoted(path)
    beside = [each.stat().st_mode & 0o777 for each in path.parent.iterdir() if each != path]

    assert (path.read_text(), path.stat().st_mode & 0o7777) == ("new", mode)
    assert beside == [0o600] * 2
    assert store.staged(item(path)) is not None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file away")
def test_the_owner_is_kept_and_may_read_what_lies_beside(path: Path) -> None:
    os.chown(path, NOBODY, 12345)
    promoted(path)

    assert {(each.stat().st_uid, each.stat().st_gid) for each in path.parent.iterdir()} == {(NOBODY, 12345)}


def test_further_attributes_are_kept(path: Path) -> None:
    try:
        os.setxattr(path, "user.note", b"of ours")
    except OSError:  # not every file system has them
        return
    promoted(path)

    assert os.getxattr(path, "user.note") == b"of ours"


def test_what_lies_beside_is_hidden_and_never_listed_even_by_its_name(path: Path) -> None:
    promoted(path)
    beside = sorted(each.name for each in path.parent.iterdir() if each != path)
    store = files(path.parent)
    named = [[*files(path.parent / name).items()] for name in beside]

    assert beside == [".key.env.credwatch-former", ".key.env.credwatch-pending"]
    assert [each.locator for each in store.items() if isinstance(each, Item)] == [str(path)]
    assert named == [[], []]


def linked(path: Path) -> Path:
    there = path.with_name("link.env")
    there.symlink_to(path)
    return there


def below_a_link(path: Path) -> Path:
    there = path.parent / "live"
    there.symlink_to(path.parent, target_is_directory=True)
    return there / path.name


def twice_named(path: Path) -> Path:
    path.with_name("second.env").hardlink_to(path)
    return path


def long_named(path: Path) -> Path:
    return path.rename(path.with_name("n" * 240))


def no_file(path: Path) -> Path:
    there = path.with_name("pipe")
    os.mkfifo(there)
    return there


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (linked, "a link leads there"),
        (below_a_link, "a link leads there"),
        (twice_named, "a second name"),
        (long_named, "too long"),
        (no_file, "not a plain file"),
    ],
)
def test_what_cannot_be_replaced_is_refused_before_anything(
    path: Path, made: Callable[[Path], Path], words: str
) -> None:
    there = made(path)
    before = sorted(path.parent.iterdir())
    store = files(path.parent)
    with pytest.raises(ProviderError, match=words) as early:
        store.staged(item(there))
    with pytest.raises(ProviderError, match=words) as late:
        store.stage(item(there), new(), MARK, "")

    assert [(error.value.reason, error.value.permanent) for error in (early, late)] == [(Reason.FORBIDDEN, True)] * 2
    assert sorted(path.parent.iterdir()) == before


def test_what_was_laid_before_a_file_had_a_second_name_is_found_and_removed(path: Path) -> None:
    store = files(path.parent)
    staged = store.stage(item(path), new(), MARK, "")
    twice_named(path)
    before = {each.name for each in path.parent.iterdir()}
    there = store.staged(item(path))

    assert there == staged
    store.discard(item(path), there)
    assert before - {each.name for each in path.parent.iterdir()} == {f".{path.name}.credwatch-pending"}


def test_a_link_can_be_looked_at_as_a_mirror_is(path: Path) -> None:
    held = files(path.parent).held(item(linked(path)))

    assert held.payload.parts[""].reveal() == "old"


def test_a_file_that_is_mounted_by_itself_is_refused(path: Path) -> None:
    mounts = path.with_name("mountinfo")
    odd = path.rename(path.with_name("a key.env"))
    escaped = str(odd).replace(" ", "\\040")
    mounts.write_text(f"22 1 0:21 / / rw - ext4 /dev/sda rw\n36 22 0:29 /x {escaped} rw - ext4 /dev/sda rw\n")

    assert "mounted by itself" in why_not(odd, mounts)
    assert why_not(odd, path.with_name("absent")) == ""


def test_a_directory_that_cannot_be_written_is_refused_before_anything(nobody: Path) -> None:
    path = nobody / "key.env"
    path.write_text("old")
    nobody.chmod(0o500)
    try:
        with pytest.raises(ProviderError, match="directory cannot be written") as refused:
            files(nobody).staged(item(path))
    finally:
        nobody.chmod(0o700)

    assert refused.value.permanent


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has somebody else's file")
@pytest.mark.parametrize(("owner", "group", "words"), [(0, -1, "another user"), (-1, 12345, "a group")])
def test_a_file_that_would_become_ours_is_refused(nobody: Path, owner: int, group: int, words: str) -> None:
    path = nobody / "key.env"
    path.write_text("old")
    path.chmod(0o644)
    os.seteuid(0)
    os.chown(path, owner, group)
    os.seteuid(NOBODY)

    with pytest.raises(ProviderError, match=words):
        files(nobody).staged(item(path))


@pytest.mark.parametrize("laid", [b"", b"{}\nx", b'{"credwatch": 5}\n', b"\xff\xfe", b'{"credwatch": {}}\nx'])
def test_a_file_of_somebody_else_in_the_slot_is_left_there(path: Path, laid: bytes) -> None:
    slot = path.with_name(".key.env.credwatch-pending")
    slot.write_bytes(laid)
    store = files(path.parent)
    with pytest.raises(Conflict, match="somebody else"):
        store.stage(item(path), new(), MARK, "")
    theirs = store.staged(item(path))

    assert theirs is not None
    assert theirs.mark == ""
    assert slot.read_bytes() == laid


def test_what_a_death_left_behind_is_cleared(path: Path) -> None:
    store = files(path.parent)
    staged = store.stage(item(path), new(), MARK, "")
    for name in ("new", "former"):
        path.with_name(f".key.env.credwatch-{name}").write_text("half")
    held = store.held(item(path))
    store.promote(item(path), staged, held.version)
    store.discard(item(path), staged)

    assert path.read_text() == "new"
    assert [*path.parent.iterdir()] == [path]


@pytest.mark.parametrize("large", [b"x" * ((1 << 20) + 1), b"x" * (1 << 20)])
def test_one_mebibyte_is_the_most(path: Path, large: bytes) -> None:
    store = files(path.parent)
    held = store.held(item(path))
    if len(large) > 1 << 20:
        with pytest.raises(ProviderError) as refused:
            store.stage(item(path), new(large), MARK, "")
        assert (refused.value.reason, refused.value.permanent) == (Reason.TOO_LARGE, True)
        return
    store.promote(item(path), store.stage(item(path), new(large), MARK, ""), held.version)

    assert path.read_bytes() == large


def test_a_file_that_is_gone_is_not_found(path: Path) -> None:
    store = files(path.parent)
    held = store.held(item(path))
    staged = store.stage(item(path), new(), MARK, "")
    path.unlink()
    tries: list[Callable[[], object]] = [
        lambda: store.held(item(path)),
        lambda: store.promote(item(path), staged, held.version),
        lambda: store.stage(item(path), new(), OTHERS, ""),
    ]
    for each in tries:
        with pytest.raises(ProviderError) as gone:
            each()
        assert (gone.value.reason, gone.value.permanent) == (Reason.NOT_FOUND, True)


def test_a_version_tells_nothing_of_the_value(path: Path) -> None:
    store = files(path.parent)
    versions = [store.held(item(path)).version, store.stage(item(path), new(), MARK, "").version]

    assert all(each.replace("-", "").isdigit() for each in versions)
