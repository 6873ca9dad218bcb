"""`matinee reset-database`: gives a preview fresh data."""

from starter.commands.waiting import rolled_out
from starter.commands.wishes import wish

command = wish(
    "reset_database", "Branch the database anew from the seed and migrate it. What was in it is gone.", end=rolled_out
)
