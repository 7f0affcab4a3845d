"""urllib3's connections, each bound to the call that is using it: own name resolution, every socket watched."""

from __future__ import annotations

import socket
import threading
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from credwatch.errors import TransportError
from credwatch.model import Reason
from credwatch.transport.deadline import Call, Handle
from credwatch.transport.names import Names


class _Here(threading.local):
    """What this thread is doing; urllib3 has no other way to hand it to a connection."""

    call: Call
    names: Names


here = _Here()


class _Watched(HTTPConnection):
    _handle: Handle | None = None

    def _new_conn(self) -> socket.socket:
        """A socket to the first address that answers; each is given an equal part of the time that is left."""
        call = here.call
        port = self.port or self.default_port
        addresses = here.names.addresses(self._dns_host, port, call.left())
        failure: OSError = TimeoutError()
        for tried, (family, address) in enumerate(addresses):
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                self._handle = Handle(sock)
                call.watch(self._handle)
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                sock.settimeout(max(0.001, call.left() / (len(addresses) - tried)))
                sock.connect(address)
                sock.settimeout(max(0.001, call.left()))
            except OSError as error:
                failure = error
                self._let_go()
                sock.close()
            else:
                return sock
        reason = Reason.TIMEOUT if call.expired or isinstance(failure, TimeoutError) else Reason.UNREACHABLE
        raise TransportError(reason, f"{self.host}: {failure.strerror or 'no answer in time'}") from None

    def request(self, *args: Any, **kwargs: Any) -> None:
        """A request on a kept connection is watched as well."""
        if self._handle is not None:
            here.call.watch(self._handle)
        super().request(*args, **kwargs)

    def close(self) -> None:
        """The socket goes, and its duplicate with it unless a call is still reading its answer."""
        self._let_go()
        super().close()

    def _let_go(self) -> None:
        if self._handle is not None:
            self._handle.let_go()
            self._handle = None


class _PlainConnection(_Watched):
    pass


class _TlsConnection(_Watched, HTTPSConnection):
    pass


class PlainPool(HTTPConnectionPool):
    """Connections without TLS, for loopback."""

    ConnectionCls = _PlainConnection


class TlsPool(HTTPSConnectionPool):
    """Connections with TLS."""

    ConnectionCls = _TlsConnection
