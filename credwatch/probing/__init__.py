"""How probes are paced."""

from credwatch.probing.limits import Limits
from credwatch.probing.parallel import in_parallel
from credwatch.probing.prober import Prober
from credwatch.probing.rounds import Try

__all__ = ["Limits", "Prober", "Try", "in_parallel"]
