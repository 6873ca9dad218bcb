"""`matinee stop`: takes a preview down while its pull request stays open."""

from starter.commands.waiting import stopped
from starter.commands.wishes import wish

command = wish(
    "stop",
    "Remove all that the preview made. It stays down until `matinee start` or a push to its pull request.",
    end=stopped,
)
