"""Removing a preview's namespace, verified; what holds that up is named."""

import asyncio
import time
from contextlib import suppress

from adapters.platforms.kubernetes.applying import deployer_of
from adapters.platforms.kubernetes.claiming import item, uid_of
from adapters.platforms.kubernetes.failures import AbsentError, ChangedError, DeniedError
from adapters.platforms.kubernetes.requesting import Api, Thing
from domain.errors import TemporaryError
from domain.manifests.rules import Rules
from domain.manifests.shapes import at, list_of, text_of
from domain.phases import Reason
from domain.readiness.verdicts import quoted

_PAUSE = 0.2
_GRACE = 1
"""Seconds that containers get to end: nobody waits for an answer of a preview that is closed."""

_BLOCKERS = (
    "NamespaceDeletionDiscoveryFailure",
    "NamespaceDeletionGroupVersionParsingFailure",
    "NamespaceDeletionContentFailure",
    "NamespaceFinalizersRemaining",
    "NamespaceContentRemaining",
)
"""The conditions in which the namespace controller says what is in its way, the most telling first."""


async def remove(api: Api, namespace: Thing, rules: Rules, *, patience: float) -> None:
    """The namespace is gone, even if another has its name; TemporaryError says after `patience` why it is not."""
    uid = uid_of(namespace)
    with suppress(ChangedError):  # Of another uid: what was to be removed is gone.
        await api.delete(item(rules.namespace), uid=uid)
    # Its role may be gone already, or there may be no pods; then they end in their own time.
    with suppress(AbsentError, DeniedError):
        await api.delete_all("Pod", rules.namespace, grace=_GRACE, user=deployer_of(rules))
    stop_at = time.monotonic() + patience
    while (found := await api.get(item(rules.namespace))) is not None and uid_of(found) == uid:
        if time.monotonic() >= stop_at:
            raise TemporaryError(
                f"still there: namespace {rules.namespace}: {blocker(found)}", reason=Reason.TEARDOWN_BLOCKED
            )
        await asyncio.sleep(_PAUSE)


def blocker(namespace: Thing) -> str:
    """What is in the way of its end, in the words of the namespace controller."""
    said = {
        text_of(at(one, "type")): text_of(at(one, "message"))
        for one in list_of(at(namespace, "status", "conditions"))
        if at(one, "status") == "True"
    }
    own = [text_of(one) for one in list_of(at(namespace, "metadata", "finalizers"))]
    found = [said[kind] for kind in _BLOCKERS if kind in said]
    found += [f"it has the finalizers {', '.join(own)}, which nobody takes away"] if own else []
    return (
        quoted("; ".join(found)) or "the cluster has not said yet what holds it; kubectl get all and events in it may"
    )
