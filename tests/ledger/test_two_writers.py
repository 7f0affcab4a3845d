"""Several threads and processes at one ledger, and one that is killed."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from credwatch.ledger import Ledger
from tests.ledger.world import START, World, seen

WRITER = """
import sys
from pathlib import Path
from credwatch.ledger import Ledger
from tests.ledger.world import START, World, seen

directory, provider, sweeps = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
world = World(Ledger.open(directory, now=START, mounts=""), configured={"one": "1", "two": "1"})
print("ready", flush=True)
for number in range(sweeps):
    world.sweep(*(seen(f"{provider}:kv/{n}#K", f"{provider}{n}-{number % 2}") for n in range(20)), names=[provider])
    print(number, flush=True)
world.ledger.shut()
"""


def writer(directory: Path, provider: str, sweeps: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(directory), provider, str(sweeps)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_lose_nothing_of_each_other(tmp_path: Path) -> None:
    both = [writer(tmp_path, provider, 10) for provider in ("one", "two")]

    codes = [process.wait(60) for process in both]

    for process in both:
        assert process.stdout is not None
        process.stdout.close()
    with Ledger.open(tmp_path, now=START, mounts="") as ledger:
        ledger.quick_check()
        held = World(ledger).rows(
            "select provider, count(*) as n from copy where ended_at is null group by 1 order by 1"
        )
    assert codes == [0, 0]
    assert held == [{"provider": "one", "n": 20}, {"provider": "two", "n": 20}]


def test_a_writer_that_is_killed_leaves_whole_transactions_and_no_lock(tmp_path: Path) -> None:
    process = writer(tmp_path, "one", 100_000)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "3":
            break
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process.stdout.close()

    with Ledger.open(tmp_path, now=START, mounts="") as ledger:
        world = World(ledger, configured={"one": "1", "two": "1"})
        ledger.quick_check()
        torn = world.one("select count(*) from copy where ended_at is null")
        world.sweep(*(seen(f"one:kv/{n}#K", f"last{n}") for n in range(20)), names=["one"])

        assert (torn, world.one("select count(*) from copy where fingerprint like 'last%'")) == (20, 20)


def test_nobody_writes_while_another_has_the_lock(kept: World) -> None:
    directory = kept.ledger.directory
    assert directory is not None
    done = threading.Event()

    def write() -> None:
        kept.begin()
        done.set()

    writing = threading.Thread(target=write)

    with (directory / "ledger.lock").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        writing.start()
        early = done.wait(0.1)
    writing.join(10)

    assert (early, done.is_set()) == (False, True)


def test_threads_take_turns(kept: World) -> None:
    sweep = kept.begin()

    def write(number: int) -> None:
        kept.ledger.record(sweep, "vault", [seen(f"vault:kv/{number}#K", f"f{number}")], START)
        kept.ledger.answered([("twilio-api-key", f"f{number}")], START)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(80)))

    assert kept.one("select count(*) from copy") == 80
