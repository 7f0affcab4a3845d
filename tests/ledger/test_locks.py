"""Locks that die with their process, and the key of the fingerprints."""

from __future__ import annotations

import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from credwatch.errors import LedgerError, LedgerLocked
from credwatch.ledger import SWEEP, Lock, fingerprint_key
from credwatch.ledger.connection import Connection
from credwatch.secrets import Secret


def test_only_one_holds_it_and_the_other_is_told_who(tmp_path: Path) -> None:
    with Lock(tmp_path, SWEEP), pytest.raises(LedgerLocked, match=f"sweep.lock is held by process {os.getpid()}"):
        Lock(tmp_path, SWEEP).take()


def test_it_is_free_again_when_it_was_released(tmp_path: Path) -> None:
    first, second = Lock(tmp_path, SWEEP), Lock(tmp_path, SWEEP)
    first.take()
    tries = [second.try_take()]
    first.release()

    tries.append(second.try_take())

    assert (tries, first.held, second.held) == ([False, True], False, True)
    second.release()


def test_different_names_are_different_locks(tmp_path: Path) -> None:
    with Lock(tmp_path, SWEEP), Lock(tmp_path, "deliver.lock") as other:
        assert other.held


def test_who_waits_gets_it_next(tmp_path: Path) -> None:
    first, second = Lock(tmp_path, SWEEP), Lock(tmp_path, SWEEP)
    first.take()
    waiting = threading.Thread(target=second.wait)
    waiting.start()
    first.release()
    waiting.join(10)

    assert second.held
    second.release()


def test_without_a_directory_there_is_nobody_to_wait_for() -> None:
    with Lock(None, SWEEP) as lock:
        assert lock.held


def test_whoever_keeps_the_ledgers_own_lock_for_too_long_is_no_longer_waited_for(tmp_path: Path) -> None:
    patient, other = Connection(tmp_path), Connection(tmp_path, patience=0.1)
    with patient.alone(), pytest.raises(LedgerLocked, match=r"fuser .*/ledger\.lock names it"), other.transaction():
        pass

    with other.transaction() as db:
        assert db.execute("select 1").fetchone() == (1,)
    for connection in (patient, other):
        connection.close()


def test_the_key_is_made_once_and_kept(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: fingerprint_key(tmp_path, None), range(16)))

    (path,) = tmp_path.iterdir()
    assert keys == {path.read_bytes()}
    assert (len(path.read_bytes()), stat.S_IMODE(path.stat().st_mode)) == (32, 0o600)


def test_where_nothing_is_kept_the_key_is_a_new_one_each_time() -> None:
    assert fingerprint_key(None, None) != fingerprint_key(None, None)


def test_a_configured_key_is_always_the_same_and_leaves_no_file(tmp_path: Path) -> None:
    one, two = (fingerprint_key(tmp_path, Secret("k" * 64)) for _ in range(2))

    assert one == two != fingerprint_key(tmp_path, Secret("l" * 64))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("reference", [Secret("short"), None])
def test_a_key_that_is_too_short_is_refused_and_never_replaced(tmp_path: Path, reference: Secret | None) -> None:
    (tmp_path / "fingerprint.key").write_bytes(b"torn")

    with pytest.raises(LedgerError):
        fingerprint_key(tmp_path, reference)

    assert (tmp_path / "fingerprint.key").read_bytes() == b"torn"
