"""The one HTTP client for probes and vendors' lists."""

from credwatch.transport.client import Bound, Transport
from credwatch.transport.guarded import Guarded
from credwatch.transport.patience import TRANSIENT, Patient, backoff, retry_after

__all__ = ["TRANSIENT", "Bound", "Guarded", "Patient", "Transport", "backoff", "retry_after"]
