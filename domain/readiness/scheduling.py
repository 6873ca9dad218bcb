"""Scheduling: why a pod finds no node.

Source: the condition PodScheduled (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions),
the scheduler's message, and what autoscalers say in events (cluster-autoscaler: TriggeredScaleUp, NotTriggerScaleUp;
Karpenter: Nominated). The patience is kstatus's, longer only where somebody has said that a node comes.
"""

from domain.readiness import patience
from domain.readiness.conditions import condition
from domain.readiness.fields import Thing
from domain.readiness.happenings import happenings, latest
from domain.readiness.observations import Observation
from domain.readiness.rules import Rule, said_by_all
from domain.readiness.verdicts import Finding, failed_if, quoted

_RULES = (
    Rule(r"Insufficient cpu", "too little free CPU", "Ask for less CPU, close other previews, or add nodes."),
    Rule(r"Insufficient memory", "too little free memory", "Ask for less memory, close other previews, or add nodes."),
    Rule(r"Insufficient (?!cpu|memory)", "too little of another resource", "Ask for less of it, or add nodes."),
    Rule(r"Too many pods", "nodes with as many pods as they may have", "Close other previews, or add nodes."),
    Rule(r"taint", "a taint that the pod does not tolerate", "The operator should correct tolerations or node pool."),
    Rule(
        r"didn't match Pod's node affinity|node\(s\) didn't match node selector",
        "no node with the labels that the pod asks for",
        "The operator should correct the node pool of previews.",
    ),
    Rule(r"were unschedulable", "nodes that are closed to new pods", "The operator should open them, or add nodes."),
    Rule(r"persistentvolumeclaim \S{1,255} not found", "a claim that does not exist", "Add the PersistentVolumeClaim."),
    Rule(
        r"unbound immediate PersistentVolumeClaims|didn't find available persistent volumes|volume node affinity",
        "a volume that is not there or is on another node",
        "See what the PersistentVolumeClaim waits for.",
    ),
    Rule(r"didn't have free ports", "a host port that is taken", "Use no host port."),
)


def scheduling_trouble(pod: Thing, observation: Observation) -> Finding | None:
    """Why the pod is on no node, None if it is on one or was not tried yet."""
    scheduled = condition(pod, "PodScheduled")
    if not scheduled.is_false or scheduled.reason != "Unschedulable":
        return None
    known = said_by_all(scheduled.message, _RULES)
    words = " and ".join(rule.cause for rule in known) or "no node that fits"
    detail = quoted(scheduled.message.partition(" preemption:")[0])
    cure = known[0].cure if known else "The operator should look at the nodes."
    is_final = observation.age(pod) >= _patience(pod, observation)
    return failed_if(is_final, quoted(f"the cluster has no place for its pod: {words} ({detail})"), cure)


def _patience(pod: Thing, observation: Observation) -> float:
    said = latest(happenings(pod, observation), "TriggeredScaleUp", "Nominated", "NotTriggerScaleUp")
    is_scaling = said is not None and said.reason != "NotTriggerScaleUp"
    return patience.SCALING if is_scaling else patience.SCHEDULING
