"""`python -m starter.commands`, which is how `matinee up` starts the worker and the receiver."""

from starter.commands import main

main()
