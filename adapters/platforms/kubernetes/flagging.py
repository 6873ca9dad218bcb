"""Flags of a preview on Kubernetes: a ConfigMap that its pods mount, changed while they run.

A kubelet looks at what a pod mounts when the pod changes, and else about once in a minute. So an annotation of ours at
each pod is changed too, with which the file has changed within seconds.
"""

from dataclasses import dataclass, replace

from adapters.platforms.kubernetes.applying import Applying, deployer_of
from adapters.platforms.kubernetes.claiming import uid_of
from adapters.platforms.kubernetes.failures import AbsentError, ChangedError, DeniedError
from adapters.platforms.kubernetes.requesting import Api, Thing
from adapters.platforms.kubernetes.together import together
from domain.errors import PermanentError
from domain.manifests.flags import FILE, generation_of
from domain.manifests.founding import flags_map
from domain.manifests.inventory import Item
from domain.manifests.rules import DOMAIN, FLAGS, Rules
from domain.manifests.shapes import at, list_of, text_of
from domain.phases import Reason
from domain.requests import FlagsRequest

ANNOTATION = f"{DOMAIN}/flags"
"""The annotation of a pod with the generation of the flags that it was last told of."""

_TELLER = "matinee-flags"


@dataclass(frozen=True, kw_only=True)
class Flagging:
    """Sets the flags of one preview, whose namespace is there and ours."""

    api: Api
    rules: Rules

    async def set(self, request: FlagsRequest) -> None:
        """The ConfigMap has these flags, and every pod that mounts it is about to."""
        wanted = flags_map(replace(self.rules, release=""), request.flags, request.generation)
        found = await self.api.get(Item("v1", "ConfigMap", FLAGS), self.rules.namespace)
        if found is not None:
            if generation_of(text_of(at(found, "data", FILE))) > request.generation:
                raise PermanentError(
                    f"the flags in {self.rules.namespace} were set by a later request, so they are left as they are",
                    reason=Reason.PLATFORM_REFUSED,
                )
            # Whoever changes it between our looking and our writing is told apart by the version.
            wanted["metadata"]["resourceVersion"] = found["metadata"]["resourceVersion"]
        await Applying(api=self.api, namespace=self.rules.namespace).apply((wanted,))
        await self._tell_pods(request.generation)

    async def _tell_pods(self, generation: int) -> None:
        pods = await self.api.list("v1", "Pod", self.rules.namespace, user=deployer_of(self.rules))
        await together(*(self._tell(pod, generation) for pod in pods if _mounts(pod)))

    async def _tell(self, pod: Thing, generation: int) -> None:
        name, namespace = pod["metadata"]["name"], self.rules.namespace
        # With its uid, so that one which has just gone is not made again.
        metadata: Thing = {"name": name, "namespace": namespace, "uid": uid_of(pod)}
        metadata["annotations"] = {ANNOTATION: str(generation)}
        try:
            await self.api.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata}, manager=_TELLER)
        except (AbsentError, ChangedError, DeniedError):
            # It has just gone, or an older role of ours has not this right; then the kubelet comes by itself.
            return


def _mounts(pod: Thing) -> bool:
    volumes = list_of(at(pod, "spec", "volumes"))
    return not at(pod, "metadata", "deletionTimestamp") and any(
        at(volume, "configMap", "name") == FLAGS for volume in volumes
    )
