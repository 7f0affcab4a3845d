"""How hard properties are tried, and by how many at once.

Enough for every change; with CREDWATCH_TEST_LARGE set, for a quiet hour.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("change", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("large", settings.get_profile("change"), max_examples=5_000)
settings.load_profile("large" if os.environ.get("CREDWATCH_TEST_LARGE") else "change")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors for every two of them: a third of its time a test waits for a child or a server."""
    processors = len(os.sched_getaffinity(0))
    return processors + max(1, processors // 2)
