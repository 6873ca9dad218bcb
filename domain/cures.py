"""Cures: for every reason that a preview is not ready, one sentence that says who can do what about it."""

from domain.phases import Reason

CURES: dict[Reason, str] = {
    Reason.NONE: "",
    Reason.DRAFT: "Mark the pull request as ready for review.",
    Reason.STRANGER: "Somebody with write access can push the same commit to a branch of this repository.",
    Reason.DEFINITION_MISSING: "Add a `.matinee.yaml` to the root of the repository and push it.",
    Reason.DEFINITION_INVALID: "Correct the lines of `.matinee.yaml` that are named above and push.",
    Reason.IMAGE_MISSING: "Let the pipeline push the image under the name given above; then retry.",
    Reason.IMAGE_REFUSED: "Use an image from a registry that the operator allows, or ask for this one to be allowed.",
    Reason.BUILD_FAILED: "Correct what the build's last lines complain of and push.",
    Reason.SEED_FAILED: "Correct the seed command or the migrations that it runs after, and push.",
    Reason.DATABASE_UNAVAILABLE: "The database server is away or full; the operator should look at it. Then retry.",
    Reason.DATABASE_REFUSED: "The database server refused; the operator should look at its settings and its room.",
    Reason.MIGRATION_FAILED: "Correct the migration and push; the database is branched anew where that is needed.",
    Reason.PLATFORM_UNAVAILABLE: "The platform does not answer; the operator should look at it. Then retry.",
    Reason.PLATFORM_REFUSED: "Change in `.matinee.yaml` what the platform refused, or ask the operator to allow it.",
    Reason.SERVICE_FAILED: "Correct what the service's last lines complain of and push, or look at all of its logs.",
    Reason.PROBE_FAILED: "See that the service answers its health path with 200; then push or retry.",
    Reason.FORGE_UNAVAILABLE: "The forge does not answer; it is asked again until it does, so there is nothing to do.",
    Reason.FORGE_REFUSED: "The forge refused; the operator should look at the access that it gives to Matinee.",
    Reason.NOT_OURS: "A resource of this name belongs to somebody else; the operator should rename or remove it.",
    Reason.TIMED_OUT: "It took longer than the operator allows; make it faster, ask for more time, or retry.",
    Reason.TEARDOWN_BLOCKED: "Remove what holds what is still there; it is tried again until all is gone.",
    Reason.SETTINGS: "The operator should run `matinee doctor`, which names the setting and its cure.",
    Reason.NOT_SERVED: "The operator should add the repository to the forge that serves it.",
    Reason.UNKNOWN: "Retry; if it comes again, show the operator the words above.",
}
"""Every reason has one, NONE an empty one, as nothing is wrong then."""


def cure(reason: Reason) -> str:
    """The sentence for this reason, in words that are safe in Markdown and in a terminal."""
    return CURES[reason]
