"""The commands, one file per kind of work; each imports what it needs when it runs."""
