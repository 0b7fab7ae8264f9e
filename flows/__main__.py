"""`python -m llmpairs.flows` is `llmpairs`."""

from llmpairs.flows.cli import main

if __name__ == "__main__":
    main()
