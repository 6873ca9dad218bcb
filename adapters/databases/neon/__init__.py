"""Neon: a preview's own database is a branch of a project at Neon, made and asked for through its API (version 2)."""
