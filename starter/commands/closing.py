"""`matinee close`: ends a preview, whatever else is under way."""

from temporalio.client import WorkflowExecutionStatus

from starter.commands.arguments import login
from starter.commands.asking import Preview
from starter.commands.waiting import gone
from starter.commands.wishes import wish_by


async def _ask(preview: Preview) -> str:
    if (await preview.described()).status is not WorkflowExecutionStatus.RUNNING:
        return "it is over already"
    await preview.close(login())
    return "closing; all that it made is being removed"


command = wish_by(
    _ask,
    "End the preview, whatever else is under way, and remove all that it made. While its pull request stays open, it "
    "is then stopped: a push or `matinee start` brings it back.",
    end=gone,
)
