"""The closed lists that a preview is described by: phases, reasons, intents and steps.

Each value is a word of the glossary in docs/reference/glossary.md and is what search attributes, comments and
pages show, so a value is never renamed once it has been released.
"""

from enum import StrEnum


class Phase(StrEnum):
    """What a person should look at: the earliest unfinished step, else how the last rollout ended."""

    WAITING_FOR_APPROVAL = "waiting-for-approval"
    QUEUED = "queued"
    BUILDING = "building"
    BRANCHING = "branching"
    MIGRATING = "migrating"
    DEPLOYING = "deploying"
    PROBING = "probing"
    READY = "ready"
    FAILED = "failed"
    STOPPED = "stopped"
    EXPIRED = "expired"
    CLOSING = "closing"
    GONE = "gone"


class Intent(StrEnum):
    """What a preview is meant to be, whatever it is now."""

    UP = "up"
    STOPPED = "stopped"
    EXPIRED = "expired"
    CLOSED = "closed"


class Reason(StrEnum):
    """Why a preview is not ready, for filters and dashboards; the words for people stand in the detail."""

    NONE = "none"
    DRAFT = "draft"
    STRANGER = "stranger"
    DEFINITION_MISSING = "definition-missing"
    DEFINITION_INVALID = "definition-invalid"
    IMAGE_MISSING = "image-missing"
    IMAGE_REFUSED = "image-refused"
    BUILD_FAILED = "build-failed"
    SEED_FAILED = "seed-failed"
    DATABASE_UNAVAILABLE = "database-unavailable"
    DATABASE_REFUSED = "database-refused"
    MIGRATION_FAILED = "migration-failed"
    PLATFORM_UNAVAILABLE = "platform-unavailable"
    PLATFORM_REFUSED = "platform-refused"
    SERVICE_FAILED = "service-failed"
    PROBE_FAILED = "probe-failed"
    FORGE_UNAVAILABLE = "forge-unavailable"
    FORGE_REFUSED = "forge-refused"
    NOT_OURS = "not-ours"
    TIMED_OUT = "timed-out"
    TEARDOWN_BLOCKED = "teardown-blocked"
    SETTINGS = "settings"
    NOT_SERVED = "not-served"
    UNKNOWN = "unknown"


class StepName(StrEnum):
    """The steps of a rollout, in the order in which the checklist shows them."""

    DEFINITION = "definition"
    IMAGE = "image"
    DATABASE = "database"
    MIGRATION = "migration"
    DEPLOY = "deploy"
    URL = "url"


class StepState(StrEnum):
    """How far one step of a rollout has come."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"
