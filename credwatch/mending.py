"""What a person does about a system that could not be seen, by the reason. It knows no system by name."""

from __future__ import annotations

from credwatch.model import Reason

_BETWEEN = "see what answers there: something stands between us and it, or our own address for it is wrong"
_MEND = {
    Reason.TIMEOUT: "see that it can be reached from here: its address, our network, [network] proxy",
    Reason.UNREACHABLE: "see that it can be reached from here: its address, our network, [network] proxy",
    Reason.DNS: "see that its address is right, and that names are resolved here",
    Reason.TLS: "see whose certificate it shows; if it is your own authority's: [network] ca",
    Reason.CLOCK_SKEW: "set our clock, and keep it set: timedatectl set-ntp true",
    Reason.RATE_LIMITED: "look less often (`every`), or see who else spends this quota",
    Reason.SERVER_ERROR: "look again; if it stays, see about its health: the fault is not ours",
    Reason.REDIRECTED: _BETWEEN,
    Reason.UNREADABLE: _BETWEEN,
    Reason.UNEXPECTED: _BETWEEN,
    Reason.TOO_LARGE: _BETWEEN,
    Reason.WRONG_HOST: _BETWEEN,
    Reason.BROKEN: "look again; if it stays, please report it",
    Reason.MISCONFIGURED: "",  # what is said of a wrong table or reference ends with what to do
}


def mending(reason: Reason, rights: str) -> str:
    """How to mend what failed so: `rights` where rights are what is missing, and never where nobody was asked for any."""
    return _MEND.get(reason, rights)
