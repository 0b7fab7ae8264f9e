"""What a reader sees of a release: a pair as data, as text and as JSON."""
