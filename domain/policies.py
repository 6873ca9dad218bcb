"""The policy: what the operator sets for a repository, and what follows from it for one pull request."""

from dataclasses import dataclass, replace

from domain.costs import UNPRICED, Prices
from domain.definitions import Definition, ServiceUrl
from domain.names import service_label
from domain.phases import Reason
from domain.pulls import PullRequest


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The operator's rules for one repository, and the named adapters that serve it.

    `url_template` holds `{label}` exactly once, as a whole DNS label. Durations are in seconds.
    """

    label: str
    forge: str
    platform: str
    database: str
    images: str
    url_template: str
    lifetime: float = 7 * 24 * 3600.0
    warning: float = 24 * 3600.0
    lease: float = 600.0
    image_limit: float = 3600.0
    settle_limit: float = 600.0
    probe_limit: float = 300.0
    strangers_allowed: bool = False
    drafts_allowed: bool = True
    prices: Prices = UNPRICED


@dataclass(frozen=True)
class Verdict:
    """Whether a pull request gets a preview; if not, why, in a word to filter by and a sentence to read."""

    allowed: bool
    reason: Reason = Reason.NONE
    detail: str = ""


def judge(policy: Policy, pull: PullRequest) -> Verdict:
    """Whether this pull request may have a preview under this policy."""
    if pull.stranger and not policy.strangers_allowed:
        return Verdict(
            False,
            Reason.STRANGER,
            f"not started: {pull.author} has no write access to {pull.key.repository}, "
            f"and the platform {policy.platform} does not run code of strangers",
        )
    if pull.draft and not policy.drafts_allowed:
        return Verdict(False, Reason.DRAFT, "not started: draft; mark it ready for review")
    return Verdict(True)


def renewed(held: Policy, policy: Policy) -> Policy:
    """This policy for a preview that has resources: where they are and under which label stays as it was made."""
    return replace(policy, label=held.label, platform=held.platform, database=held.database, images=held.images)


def urls_of(policy: Policy, definition: Definition) -> tuple[ServiceUrl, ...]:
    """The URL of every public service, the primary one first, as the policy's template makes it."""
    return tuple(
        ServiceUrl(
            service.name,
            policy.url_template.replace("{label}", service_label(policy.label, service.name if index else None)),
            service.health,
        )
        for index, service in enumerate(definition.public)
    )
