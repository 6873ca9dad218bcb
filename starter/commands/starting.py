"""`matinee start`: brings a stopped or expired preview up again."""

from starter.commands.waiting import rolled_out
from starter.commands.wishes import wish

command = wish("start", "Bring a stopped or expired preview up again.", end=rolled_out)
