"""Each key of a folder of dotenv files sent once, by threads and one pool: `python -m bench.bare.keys FOLDER URL CA`.

It prints how many were called good, and the seconds that asking took.
"""

from __future__ import annotations

import ssl
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from urllib3 import PoolManager

THREADS = 64


def keys(folder: Path) -> list[str]:
    """The values, file by file."""
    lines = (line for file in sorted(folder.iterdir()) for line in file.read_text(encoding="utf-8").splitlines())
    return [line.partition("=")[2] for line in lines]


def ask_all(values: list[str], url: str, ca: str) -> int:
    """How many were called good."""
    trusted = ssl.create_default_context(cafile=ca)
    pool = PoolManager(maxsize=THREADS, block=True, ssl_context=trusted)

    def ask(value: str) -> bool:
        answer = pool.request("GET", url, headers={"authorization": f"Token {value}"}, retries=False)
        return answer.status == 200 and "scopes" in answer.json()

    with ThreadPoolExecutor(THREADS) as threads:
        return sum(threads.map(ask, values))


if __name__ == "__main__":
    values, began = keys(Path(sys.argv[1])), time.monotonic()
    sys.stdout.write(f"{ask_all(values, sys.argv[2], sys.argv[3])} {time.monotonic() - began}\n")
