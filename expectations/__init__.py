"""Checklists that a release must pass."""
