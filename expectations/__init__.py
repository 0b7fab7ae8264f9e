"""Checklists that a release must pass."""

import os

# Great Expectations reads these while it is imported; the gate never reports to anybody outside.
os.environ["GX_ANALYTICS_ENABLED"] = "False"
os.environ["DO_NOT_TRACK"] = "1"
