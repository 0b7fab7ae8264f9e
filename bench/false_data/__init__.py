"""False data planted in recorded weekly runs: what is held, flagged or unused, and what is held wrongly."""
