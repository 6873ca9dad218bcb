"""Asking Neon's API: one request, and what it answers as a model or as an error of ours.

Nothing is repeated here. After a request without an answer nobody knows whether it was carried out, so whoever asks
again looks first what is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from adapters.databases.neon.failures import Masking, refusal, unreachable, unreadable

TIMEOUT = 20.0
"""Seconds for one request."""

Model = TypeVar("Model", bound=BaseModel)
Query = Mapping[str, str | int]


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Requests to one project. The client comes open and is closed by whoever made it."""

    client: httpx.AsyncClient
    base_url: str
    project: str
    api_key: str = field(repr=False)

    @property
    def masking(self) -> Masking:
        """What keeps secrets out of errors."""
        return Masking(self.api_key)

    async def get(self, path: str, model: type[Model], doing: str, query: Query | None = None) -> Model:
        """What stands at this path of the project."""
        return self._read(await self._sent("GET", path, doing, query=query), model, doing)

    async def change(
        self,
        method: str,
        path: str,
        model: type[Model],
        doing: str,
        *,
        query: Query | None = None,
        body: dict[str, Any] | None = None,
    ) -> Model | None:
        """What the change sets going; None if there was nothing to change."""
        answer = await self._sent(method, path, doing, query=query, body=body)
        return None if answer.status_code == HTTPStatus.NO_CONTENT else self._read(answer, model, doing)

    async def _sent(
        self, method: str, path: str, doing: str, *, query: Query | None = None, body: dict[str, Any] | None = None
    ) -> httpx.Response:
        url = f"{self.base_url.rstrip('/')}/projects/{self.project}{path}"
        headers = {"authorization": f"Bearer {self.api_key}", "accept": "application/json", "user-agent": "matinee"}
        try:
            answer = await self.client.request(
                method, url, params=dict(query or {}), json=body, headers=headers, timeout=TIMEOUT
            )
        except httpx.HTTPError as error:
            raise unreachable(error, doing) from None  # What it was raised by may quote the header with the key.
        if not answer.is_success:
            raise refusal(answer, doing, self.masking)
        return answer

    def _read(self, answer: httpx.Response, model: type[Model], doing: str) -> Model:
        try:
            return model.model_validate_json(answer.content)
        except ValidationError as error:
            missing = ", ".join(sorted({".".join(map(str, each["loc"])) for each in error.errors()}))
        # Raised out here, as that error holds the answer, in which a password may stand.
        raise unreadable(answer, doing, self.masking, missing)
