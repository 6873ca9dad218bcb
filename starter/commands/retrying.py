"""`matinee retry`: tries the rollout that failed again."""

from starter.commands.waiting import rolled_out
from starter.commands.wishes import wish

command = wish("retry", "Try the rollout that failed again.", end=rolled_out)
