"""What can be so from the start, by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from credwatch.model import Revoke
from tests.rotation.harness.readers import Shows
from tests.rotation.harness.scene import PLAIN, Setting

_HOUR = timedelta(hours=1)
_ALL = (
    PLAIN,
    Setting("the old key dead", dead=True),
    Setting("a person confirms", revoke=Revoke.ASK),
    Setting("proved by its reader", revoke=Revoke.PROVED, shows=Shows.KEY),
    Setting("proved by its last use", revoke=Revoke.PROVED, grace=timedelta(hours=25)),
    Setting("a reader that stays with the old key", revoke=Revoke.GRACE, shows=Shows.OLD, done=False),
    Setting("two places in one item", twin=True),
    Setting("a mirror, an hour behind", mirror=_HOUR),
    Setting("a mirror that does not follow", mirror=timedelta(days=30), done=False),
    Setting("the vendor at its limit", full=True),
    Setting("stores that corrupt", corrupts=True),
    Setting("slots that stay full", sticks=True),
    Setting("stores that keep one former version", keeps_one=True),
    Setting("new keys that never work", useless=True, done=False),
    Setting("a slow vendor", slow=True),
    Setting("a list that lags", lags=True),
)
SETTINGS: Mapping[str, Setting] = {each.name: each for each in _ALL}
