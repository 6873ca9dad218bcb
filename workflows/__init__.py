"""Workflows: carry out durably what the domain decides."""
