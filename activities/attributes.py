"""The search attributes: one list, so that registering, writing and reading them cannot disagree.

They are never encrypted, so they hold no title and no secret. A server must know them before the first worker
starts, because an unknown one blocks the workflow that writes it.
"""

from datetime import datetime
from typing import Any

from temporalio.common import (
    SearchAttributeIndexedValueType,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
)

from domain.names import Key

REPOSITORY = SearchAttributeKey[str].for_keyword("MatineeRepository")
"""The repository of the preview, as the forge writes it."""

NUMBER = SearchAttributeKey[int].for_int("MatineeNumber")
"""The number of the pull request."""

PHASE = SearchAttributeKey[str].for_keyword("MatineePhase")
"""The phase, one of domain.phases.Phase."""

PHASE_SINCE = SearchAttributeKey[datetime].for_datetime("MatineePhaseSince")
"""When the phase began."""

REASON = SearchAttributeKey[str].for_keyword("MatineeReason")
"""Why the preview is not ready, one of domain.phases.Reason."""

LEASE = SearchAttributeKey[str].for_keyword("MatineeLease")
"""The lease that the preview holds now, as domain.leases.lease_attribute writes it; unset when it holds none."""

EXPIRES = SearchAttributeKey[datetime].for_datetime("MatineeExpires")
"""When the preview's lifetime ends; unset for a pinned one."""

KEYS: tuple[SearchAttributeKey[Any], ...] = (REPOSITORY, NUMBER, PHASE, PHASE_SINCE, REASON, LEASE, EXPIRES)
"""All of them, as a server that tests start takes them."""

ALL: dict[str, SearchAttributeIndexedValueType] = {key.name: key.indexed_value_type for key in KEYS}
"""Name to type, which is what a server is told when it is made ready."""


def of(key: Key) -> TypedSearchAttributes:
    """What a preview's workflow is started with, so that it is found by its repository from the first moment."""
    return TypedSearchAttributes(
        [SearchAttributePair(REPOSITORY, key.repository), SearchAttributePair(NUMBER, key.number)]
    )
