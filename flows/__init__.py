"""Order, retries and commands."""
