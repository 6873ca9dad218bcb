"""`matinee redeploy`: rolls the newest commit out again."""

from starter.commands.waiting import rolled_out
from starter.commands.wishes import wish

command = wish("redeploy", "Roll the newest commit out again; its data are kept.", end=rolled_out)
