"""What a program of the house renews: a certificate, of which the old one runs out by itself."""

from credwatch.rotation.renewals.opening import renewal_of, renewals_of

__all__ = ["renewal_of", "renewals_of"]
