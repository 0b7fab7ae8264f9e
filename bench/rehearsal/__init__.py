"""A loopback internet that plays all sources, and the live command run against it."""
