"""Serving: which forge serves a repository, and what follows from that: its policy, and where its commits are."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from adapters.forges.github import GitHubForge
from domain.costs import Prices
from domain.errors import PermanentError
from domain.names import Key, label_of
from domain.phases import Reason
from domain.policies import Policy
from domain.ports import Forge
from sections import GitHubSettings
from settings import Settings


def policy_of(settings: Settings, key: Key) -> Policy:
    """The policy for a key. PermanentError if no forge serves it."""
    forge = forge_of(settings, key.repository)
    if forge is None:
        known = ", ".join(settings.forges) or "none"
        raise PermanentError(
            f"no forge serves {key.repository} (configured: {known}); add it to MATINEE_FORGES__<NAME>__REPOSITORIES",
            reason=Reason.NOT_SERVED,
        )
    return Policy(
        label=label_of(key, home=settings.home_owner),
        forge=forge,
        platform=settings.platform,
        database=settings.database,
        images=settings.image_store,
        url_template=settings.url,
        lifetime=settings.lifetime,
        warning=settings.warning,
        lease=settings.lease,
        image_limit=settings.image_limit,
        settle_limit=settings.settle_limit,
        probe_limit=settings.probe_limit,
        drafts_allowed=settings.drafts,
        prices=Prices(
            core_hour=settings.prices.core_hour,
            gib_hour=settings.prices.gib_hour,
            currency=settings.prices.currency,
        ),
    )


def forge_of(settings: Settings, repository: str) -> str | None:
    """The name of the forge that serves a repository: the one whose pattern says most of it; None if none does."""
    matches = [
        (len(pattern.replace("*", "")), name)
        for name, forge in settings.forges.items()
        for pattern in forge.repositories
        if fnmatchcase(repository, pattern)
    ]
    return max(matches)[1] if matches else None


def source_of(settings: Settings, repository: str) -> Path | str:
    """Where commits of a repository are fetched from: the forge's clone URL, else the local forge's folder."""
    forge = settings.forges.get(forge_of(settings, repository) or "")
    if isinstance(forge, GitHubSettings):
        return f"{forge.clone_url}/{repository}.git"
    return settings.data / "forge" / f"{repository}.git"


async def authorization_of(settings: Settings, forges: Mapping[str, Forge], repository: str) -> str:
    """What git shows the forge that serves a repository when it fetches from there; nothing where that is a folder."""
    forge = forges.get(forge_of(settings, repository) or "")
    return await forge.authorization(repository) if isinstance(forge, GitHubForge) else ""
