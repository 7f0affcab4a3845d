"""Times and lengths as the ledger keeps them: integer milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import overload

from credwatch.model import NEVER

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_NEVER = (NEVER - _EPOCH) // _MILLISECOND


@overload
def stored(value: datetime | timedelta) -> int: ...
@overload
def stored(value: datetime | timedelta | None) -> int | None: ...
def stored(value: datetime | timedelta | None) -> int | None:
    """A time, or a length, as it is stored."""
    if value is None:
        return None
    return (value if isinstance(value, timedelta) else value - _EPOCH) // _MILLISECOND


@overload
def moment(value: int) -> datetime: ...
@overload
def moment(value: int | None) -> datetime | None: ...
def moment(value: int | None) -> datetime | None:
    """A stored time; what is stored for NEVER is NEVER again."""
    if value is None:
        return None
    return NEVER if value >= _NEVER else _EPOCH + value * _MILLISECOND


@overload
def span(value: int) -> timedelta: ...
@overload
def span(value: int | None) -> timedelta | None: ...
def span(value: int | None) -> timedelta | None:
    """A stored length."""
    return None if value is None else value * _MILLISECOND
