"""Claims: whether a PersistentVolumeClaim has its volume.

Source of the rules: kstatus of kubernetes-sigs/cli-utils, `pkg/kstatus/status/core.go`: ready when bound. Beyond it: a
claim that was lost has failed, one whose volume is made for its first pod has nothing to wait for by itself, and
why a volume does not come stands in events only
(https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode).
"""

import re

from domain.readiness import patience
from domain.readiness.fields import Thing, name_of, text, things
from domain.readiness.happenings import Happening, happenings, latest
from domain.readiness.observations import Observation
from domain.readiness.verdicts import READY, Finding, failed, failed_if, name, progressing, quoted

_TROUBLES = ("FailedBinding", "ProvisioningFailed")
_NO_CLASS = re.compile(r'storageclass\S* "([^"]{1,253})" not found')


def claim(thing: Thing, observation: Observation) -> Finding:
    """Ready when it is bound, or when its volume waits for a pod and no pod wants it."""
    phase = text(thing, "status", "phase")
    if phase == "Bound":
        return READY
    if phase == "Lost":
        return failed("the volume that it was bound to is gone", "Delete the claim; it is made again, empty.")
    found = happenings(thing, observation)
    said = latest(found, "WaitForFirstConsumer", *_TROUBLES)
    if said is not None and said.reason in _TROUBLES:
        return _trouble(said, observation.age(thing))
    if said is not None and not _is_wanted(thing, observation):
        return READY
    return progressing("it waits for its volume")


def _trouble(said: Happening, age: float) -> Finding:
    """A driver may be away for a moment; a class that is not there, or none at all, will not come by itself."""
    missing = _NO_CLASS.search(said.message)
    if missing:
        cause = f"there is no storage class {name(missing[1])}"
        return failed_if(age >= patience.MISSING, cause, "Use a storage class that the cluster has, or leave it out.")
    if said.reason == "FailedBinding":
        cure = "Name a storage class, or let the operator mark one as the default."
        return failed_if(age >= patience.MISSING, quoted(said.message), cure)
    cause = quoted(f"its volume cannot be made: {said.message}")
    return failed_if(age >= patience.NETWORK, cause, "The operator should look at the storage driver.")


def _is_wanted(thing: Thing, observation: Observation) -> bool:
    wanted = name_of(thing)
    volumes = [volume for pod in observation.pods for volume in things(pod, "spec", "volumes")]
    return any(text(volume, "persistentVolumeClaim", "claimName") == wanted for volume in volumes)
