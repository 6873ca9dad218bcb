"""Counting: a cluster's API that keeps what was asked of it, so that others can be asked for the same."""

import json
from collections import Counter
from typing import Any

from typing_extensions import override

from adapters.platforms.kubernetes.failures import Attempt
from adapters.platforms.kubernetes.requesting import Api, Thing
from domain.manifests.inventory import Item, item_of


class Counted(Api):
    """Asks as the other one does. `requests` counts by what was asked, `written` has each object as it was first.

    Of hundreds of previews nobody wants them, and `keeps` is made False.
    """

    def __init__(self, other: Api) -> None:
        super().__init__(other._opening)  # noqa: SLF001 - it is the same class, and nobody else needs to be counted
        self.keeps = True
        self.requests: Counter[str] = Counter()
        self.written: dict[tuple[str, Item], Thing] = {}

    @override
    async def _json(self, method: str, attempt: Attempt, **rest: Any) -> Thing:
        self.requests[f"{attempt.verb} {attempt.kind}"] += 1
        if self.keeps and attempt.verb in {"create", "apply"}:
            thing: Thing = rest["body"]
            place = thing["metadata"]["name"] if attempt.kind == "Namespace" else attempt.namespace
            self.written.setdefault((place, item_of(thing)), thing)
        return await super()._json(method, attempt, **rest)

    def objects(self, namespace: str, as_of: str) -> list[Thing]:
        """All that was written of this namespace, in that order, as it would be in the namespace of another name."""
        found = [thing for (place, _), thing in self.written.items() if place == namespace]
        return json.loads(json.dumps(found).replace(namespace, as_of))
