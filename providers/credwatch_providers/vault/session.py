"""The session that hvac speaks through: the watch's own way out, with its deadline, its trust and its list of hosts."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from credwatch.contract import Http
from credwatch_providers.vault.refusals import refuse

if TYPE_CHECKING:
    import requests


def session(http: Http) -> requests.Session:
    """A session that sends by this and by nothing else, obeys no environment, and raises on every refusal."""
    import requests  # noqa: PLC0415  comes with the SDK, which is loaded when a connection opens
    from requests.adapters import BaseAdapter  # noqa: PLC0415  the same
    from requests.structures import CaseInsensitiveDict  # noqa: PLC0415  the same

    class Through(BaseAdapter):
        """Knows no timeout, proxy or certificate of its own: those are the way's."""

        def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
            reply = http.send(
                str(request.method),
                str(request.url),
                headers=_text(request.headers),
                body=request.body if isinstance(request.body, bytes) else str(request.body or "").encode(),
            )
            response = requests.Response()
            response.request, response.url = request, str(request.url)
            response.status_code = reply.status
            response.headers = CaseInsensitiveDict(reply.headers)
            response.raw = io.BytesIO(reply.body)
            response.encoding = "utf-8"  # else it is guessed, which takes minutes where the body is large and none
            return response

        def close(self) -> None:
            """What is open belongs to the way."""

    made = requests.Session()
    made.trust_env = False
    made.hooks["response"].append(refuse)
    made.headers["User-Agent"] = "credwatch"
    for scheme in ("https://", "http://"):
        made.mount(scheme, Through())
    return made


def _text(headers: Mapping[str, str | bytes]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value.decode("latin-1") for name, value in headers.items()}
