"""Tells pytest where the shared fixtures are; it stands at the root because pytest wants it there."""

pytest_plugins = ["tests.fixtures"]
