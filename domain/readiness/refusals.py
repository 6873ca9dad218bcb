"""Refusals: what the API server says when it refuses to make a pod, and what that means.

Source of the texts: kubernetes, `plugin/pkg/admission` (resourcequota, limitranger, serviceaccount, priority),
`staging/src/k8s.io/pod-security-admission` and `staging/src/k8s.io/apiserver/pkg/admission/plugin` (webhook, policy).
"""

from domain.readiness import patience
from domain.readiness.rules import Rule

QUOTA = r"exceeded quota: ([^,]{1,253}), requested: (\S{1,500}), used: (\S{1,500}), limited: (\S{1,500})"
"""The words of a full quota: its name, and what is asked for, used and allowed."""

REFUSALS = (
    Rule(
        QUOTA,
        "its pods exceed the preview's quota {0}: {1} is asked for, {2} is used, {3} is allowed",
        "Ask for less in the definition, or let the operator raise the quota.",
        patience.QUOTA,
    ),
    Rule(
        r"failed quota: \S{1,253}: must specify (.{1,200})",
        "its pods must say how much they need: {0}",
        "Set requests and limits for every container.",
    ),
    Rule(
        r"status unknown for quota",
        "the preview's quota has not been counted yet",
        "The operator should look at the controller manager.",
        patience.NETWORK,
    ),
    Rule(
        r'violates PodSecurity "([^"]{1,100})": (.{1,600})',
        "its pods break the Pod Security standard {0}: {1}",
        "Set the securityContext that is named, or let the operator allow more.",
    ),
    Rule(
        r'failed calling webhook "([^"]{1,253})"',
        "the cluster's admission webhook {0} does not answer",
        "The operator should look at that webhook.",
        patience.NETWORK,
    ),
    Rule(
        r"denied (?:the )?request",
        "a policy of the cluster refuses its pods: {said}",
        "Change what the policy names, or ask the operator.",
    ),
    Rule(
        r'service ?account (?:[^\s"]{1,253}: )?.{0,30}"([^"]{1,253})" not found',
        "the ServiceAccount {0} that its pods name does not exist",
        "Name a ServiceAccount that the preview has, or leave it out.",
        patience.MISSING,
    ),
    Rule(
        r"no PriorityClass with name (\S{1,253}) was found",
        "the PriorityClass {0} that its pods name does not exist",
        "Name a PriorityClass that the cluster has, or leave it out.",
        patience.MISSING,
    ),
    Rule(
        r"is being terminated",
        "its namespace is being deleted",
        "Retry when the namespace is gone.",
        patience.MISSING,
    ),
    Rule(
        r"(?:maximum|minimum) \S{1,60} (?:usage|limit)",
        "its pods are outside the preview's limits: {said}",
        "Change requests and limits as the message says.",
    ),
    Rule(r" is invalid: ", "its pods are invalid: {said}", "Correct the fields that are named."),
    Rule("", "its pods are refused: {said}", "Change what is refused, or ask the operator.", patience.MISSING),
)
"""Refusals by their words, the most telling first; without patience where the same pod can never be let in."""
