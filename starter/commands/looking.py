"""Looking at a preview as a browser on this machine does, for which `*.localhost` is this machine (RFC 6761 §6.3)."""

from typing import Any

import httpx

from domain.errors import PermanentError
from domain.messages import Status


class Look:
    """Looks at previews through the proxy that listens on this port of loopback."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"

    async def page(self, status: Status, service: str = "web", path: str = "/") -> str:
        """The text of a page."""
        return (await self._get(status, service, path)).text

    async def data(self, status: Status, service: str, path: str) -> dict[str, Any]:
        """The JSON object that a service answers."""
        found: dict[str, Any] = (await self._get(status, service, path)).json()
        return found

    async def _get(self, status: Status, service: str, path: str) -> httpx.Response:
        url = next((httpx.URL(url.url) for url in status.urls if url.service == service), None)
        if url is None:
            raise PermanentError(f"the preview of {status.key} has no URL for {service}")
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            try:
                answer = await client.get(self._address + path, headers={"Host": url.netloc.decode()})
            except httpx.TransportError as error:
                raise PermanentError(f"{url} does not answer: {error or type(error).__name__}") from error
        if not answer.is_success:
            raise PermanentError(f"{url} answers {answer.status_code}")
        return answer
