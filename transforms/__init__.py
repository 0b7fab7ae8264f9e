"""Frame in, frame out: from landed claims to the tables of a release."""
