"""Starting: whether a workload that counts as ready has run long enough for that to mean something.

kstatus does not ask. A container without a readiness probe is ready as soon as it is started, so one that ends at once
would make its preview ready for a moment.
"""

from domain.readiness import patience
from domain.readiness.containers import Container, containers
from domain.readiness.fields import Thing
from domain.readiness.observations import Observation, pods_of
from domain.readiness.verdicts import READY, Finding, name, progressing


def steadiness(thing: Thing, observation: Observation) -> Finding:
    """Ready unless a container without a readiness probe has just been started."""
    fresh = [each for pod in pods_of(thing, observation) for each in containers(pod) if _is_fresh(each, observation)]
    return progressing(f"the container {name(fresh[0].name)} has just been started") if fresh else READY


def _is_fresh(container: Container, observation: Observation) -> bool:
    since = container.running_since
    is_blind = since is not None and not container.has_probe and not container.is_init
    return is_blind and observation.seconds_since(since) < patience.STEADY
