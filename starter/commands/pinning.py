"""`matinee pin`: takes the end of a preview's life away."""

from starter.commands.wishes import wish

command = wish("pin", "Keep the preview until its pull request is closed, or until it is unpinned.")
