"""Things that are no plain file, and trees that are none: told as what they are, never waited for, and nobody else's matter."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bad_input.hand import CANARY
from tests.bad_input.shelf import GOOD, Shelf

GIB = 1 << 30


def bound(path: Path) -> None:
    """A socket. Its name may be longer than a socket's may be."""
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    finally:
        os.chdir(before)


def sparse(path: Path) -> None:
    """Ten GiB of nothing."""
    with path.open("wb") as file:
        file.truncate(10 * GIB)


def shut(path: Path) -> None:
    """Nobody may read it."""
    path.write_text(CANARY)
    path.chmod(0)


def closed(path: Path) -> None:
    """Nobody may look into it."""
    path.mkdir()
    (path / "inner").write_text(CANARY)
    path.chmod(0)


ALONE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a link to itself": (lambda path: path.symlink_to(path.name), "a link that leads back to itself"),
    "a pipe": (os.mkfifo, "a pipe, and not a plain file"),
    "a link to a device without an end": (lambda path: path.symlink_to("/dev/zero"), "a device, and not a plain file"),
    "a link to a terminal": (lambda path: path.symlink_to("/dev/tty"), "a device, and not a plain file"),
    "a socket": (bound, "a socket, and not a plain file"),
    "a sparse file of ten GiB": (sparse, "larger than 1 MiB"),
    "a file that may not be read": (shut, "forbidden"),
    "a folder that may not be read": (closed, "forbidden"),
}


@pytest.mark.parametrize(("make", "said"), ALONE.values(), ids=ALONE)
def test_what_is_named_and_cannot_be_read_is_told_as_what_it_is(
    shelf: Shelf, make: Callable[[Path], object], said: str
) -> None:
    make(shelf.path / "thing")

    done = shelf.hand("check", "shelf/thing", humbly=True)

    assert (done.code, f"  shelf/thing  not read: {said}\n" in done.out) == (3, True), done.said


def test_what_lies_in_a_folder_that_may_not_be_entered_is_told(shelf: Shelf) -> None:
    closed(shelf.path / "thing")

    done = shelf.hand("check", "shelf/thing/inner", f"shelf/{GOOD}", humbly=True)

    assert (done.code, "  shelf/thing/inner  not read: forbidden\n" in done.out) == (3, True), done.said
    assert "  works  " in done.out


ABSENT = {
    "nothing": ("shelf/nothing", "there is no file or directory shelf/nothing. Look at how it is written"),
    "below a file": (f"shelf/{GOOD}/x", "there is no file or directory"),
    "a link to nothing": ("shelf/dangling", "shelf/dangling is a link to nowhere, which is not there. Put it there"),
    "a name on two lines": ("a\nb\x1b[2J", "there is no file or directory a\\nb\\x1b[2J."),
}


@pytest.mark.parametrize(("path", "said"), ABSENT.values(), ids=ABSENT)
def test_what_is_not_there_is_wrong_usage(shelf: Shelf, path: str, said: str) -> None:
    (shelf.path / "dangling").symlink_to("nowhere")

    done = shelf.hand("check", path)

    assert (done.code, said in done.err) == (64, True), done.err


def test_a_name_that_is_too_long_is_told(shelf: Shelf) -> None:
    done = shelf.hand("check", "x" * 300)

    assert (done.code, "not read: File name too long" in done.out) == (3, True), done.said


@pytest.mark.parametrize("name", [b"\xff\xfe", b"a*b", b"[x]", b"-x", b"a#b%c", b"a\nb", "ä\u202e".encode()])
def test_a_file_of_any_name_is_found_by_its_name(shelf: Shelf, name: bytes) -> None:
    (shelf.path / GOOD).rename(shelf.path / os.fsdecode(name))
    shelf.put("ab", b"DEEPGRAM_API_KEY=" + b"0" * 40)

    done = shelf.hand("check", b"shelf/" + name)

    assert (done.code, "  DEEPGRAM_API_KEY  Deepgram key" in done.out) == (0, True), done.said


def test_a_tree_of_all_of_them_is_swept_and_the_rest_of_it_is_seen(shelf: Shelf) -> None:
    for number, (make, _) in enumerate(ALONE.values()):
        make(shelf.path / f"thing-{number}")
    for name, target in {"round": ".", "up": "..", "dangling": "nowhere", "one": "two", "two": "one"}.items():
        (shelf.path / name).symlink_to(target)
    shelf.put(b"\xff\xfe", "DEEPGRAM_API_KEY=" + shelf.key)

    done, doctor = shelf.hand("sweep", "--no-settle", humbly=True), shelf.hand("doctor", humbly=True)
    status = " ".join(shelf.hand("status").out.split())

    assert done.code == 3, done.said
    assert "  shelf  2 items, 2 credentials; 6 parts of it not read: credwatch status shows which\n" in done.out
    assert shelf.held() == ["%FF%FE#DEEPGRAM_API_KEY", f"{GOOD}#DEEPGRAM_API_KEY"]
    assert (doctor.code, "6 things are wrong." in doctor.out) == (1, True)
    assert "give the user that credwatch runs as the right to read this" in doctor.out
    assert "if it is no secret, leave it out: skip = [...]" in doctor.out
    assert "thing-0: a link that leads back to itself. credwatch doctor shelf" in status
    assert "thing-5: larger than 1 MiB. credwatch doctor shelf" in status
    assert done.peak < 200


def test_what_can_no_longer_be_read_is_not_called_gone(shelf: Shelf) -> None:
    for name in ("a", "b", "c"):
        shelf.put(name, f"DEEPGRAM_API_KEY={name * 40}\n")
    shelf.sweep()
    before = shelf.held()
    (shelf.path / "a").chmod(0)
    (shelf.path / "b").unlink()
    (shelf.path / "b").symlink_to("b")
    (shelf.path / "c").write_bytes(b"x" * (1 << 21))

    shelf.hand("sweep", "--no-settle", humbly=True)

    assert shelf.held() == before


@contextmanager
def restless(path: Path, versions: list[bytes]) -> Iterator[None]:
    """Within the block the file is written again and again: cut, filled, and replaced."""
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            for version in versions:
                path.write_bytes(version)
            beside = path.with_name("..beside")
            beside.write_bytes(versions[0])
            beside.replace(path)
            path.unlink()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def test_a_file_that_changes_while_it_is_read_costs_nobody_else(shelf: Shelf) -> None:
    large = b"A=" + b"a" * (3 << 20)
    with restless(shelf.path / "restless", [b"A=1\n", b"", large, b"DEEPGRAM_API_KEY=" + b"0" * 40, b"\xff" * 999]):
        for _ in range(5):
            done = shelf.sweep()

            assert done.code in (0, 3), done.said  # it may be seen when it is too large
            assert f"{GOOD}#DEEPGRAM_API_KEY" in shelf.held()
            assert done.peak < 200
