"""What befalls all keys of a vendor at once is one cause, and is told as one: never as so many dead keys."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from credwatch.contract import Validity
from tests.conformance.installed import KINDS
from tests.conformance.samples import OWN
from tests.end_to_end.world import World
from tests.faults.keys import PROBED
from tests.faults.program import Begun, answers, printed
from tests.faults.scripts import Play
from tests.faults.stage import Stages
from tests.faults.table import Fault
from tests.faults.words import DEAD, SHUT, Words

AGAIN = timedelta(minutes=5, seconds=1)


@contextmanager
def said_by_all(
    words: Sequence[Words], begun: Begun, stages: Stages, folder: Path
) -> Iterator[tuple[World, tuple[str, ...]]]:
    """A world in which each vendor says its own words to all of its keys; and the kinds that hear them."""
    kinds = tuple(kind for each in words for kind in each.kinds)
    heard: dict[str, list[Words]] = {}
    for each in words:
        heard.setdefault(_issuer(each.kinds[0]), []).append(each)
    with ExitStack() as running:
        urls = {
            name: running.enter_context(
                stages.play_beside(begun.trap, Fault(name, own[0].reason, by_path(own)), pace=0)
            ).url
            for name, own in heard.items()
        }
        silent = running.enter_context(
            stages.play_beside(begun.trap, Fault("nobody", words[0].reason), pace=0),
        ).url
        world = running.enter_context(begun.a_day_later(folder, lambda name: urls.get(name, silent)))
        for again in (False, True):
            if again:
                world.move(AGAIN)
            world.sweep()
        world.deliver()
        yield world, kinds


def by_path(words: Sequence[Words]) -> Play:
    """A server that says what is said on the path that it is asked for."""

    def script(sock: socket.socket, request: bytes) -> None:
        path = request.split(b" ", 2)[1].decode()
        sock.sendall(next(each.answer for each in words if each.path in {"", path}))

    return lambda _: script


def _issuer(kind: str) -> str:
    return OWN if kind == OWN else KINDS[kind][0]


def standings(world: World) -> dict[str, str]:
    """Kind to how it stands."""
    _, listed = printed(world, "list", "--json")
    return {line["kind"]: line["standing"] for line in json.loads(listed)}


def test_a_suspended_account_is_one_page_and_no_key_of_it_is_dead(begun: Begun, stages: Stages, tmp_path: Path) -> None:
    with said_by_all(SHUT, begun, stages, tmp_path) as (world, kinds):
        stand = standings(world)
        pages = world.pages()

        assert {kind: set(answers(world)[kind][1:]) for kind in kinds} == {kind: {"suspended"} for kind in kinds}
    assert {kind: stand[kind] for kind in kinds} == dict.fromkeys(kinds, "suspended")
    assert len(pages) == len(SHUT)
    assert all("A new key would not help" in page for page in pages)


def test_all_keys_of_an_account_refused_at_once_are_one_page_that_says_do_not_rotate(
    begun: Begun, stages: Stages, tmp_path: Path
) -> None:
    """And so the other tests can fail: a vendor's own no, said twice, is heard and does page."""
    with said_by_all(DEAD, begun, stages, tmp_path) as (world, kinds):
        stand = standings(world)
        pages = world.pages()

    alone = [words.kinds[0] for words in DEAD if len(words.kinds) == 1]
    assert sorted(kinds) == sorted(PROBED)
    assert {kind: stand[kind] for kind in alone} == dict.fromkeys(alone, "refused")
    assert len(pages) == len(DEAD)
    together = [page for page in pages if "refuses all 2 keys" in page]
    assert len(together) == len(DEAD) - len(alone)
    assert all("do not rotate" in page for page in together)


def test_a_plain_401_to_every_key_is_nobodys_word(begun: Begun, stages: Stages, tmp_path: Path) -> None:
    plain = tuple(
        Words(words.kinds, 401, '{"message": "Unauthorized"}', Validity.UNKNOWN, words.reason) for words in DEAD
    )
    with said_by_all(plain, begun, stages, tmp_path) as (world, _):
        stand = standings(world)

        assert {kind: answers(world)[kind][1:] for kind in PROBED} == {kind: ["unknown"] * 2 for kind in PROBED}
        assert world.pages() == []
    assert {kind: stand[kind] for kind in PROBED} == dict.fromkeys(PROBED, "cannot tell")
