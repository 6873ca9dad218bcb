"""`matinee unpin`: gives a preview its end of life back."""

from starter.commands.wishes import wish

command = wish("unpin", "Give a pinned preview its end of life back, a whole lifetime from now if that has passed.")
