"""Great Expectations computes the configuration of an expectation once in a validation, not some ninety times.

`Expectation.configuration` of 1.24 builds a new object at each access, and a validation asks for it at each key of each
metric: 39,000 times for 433 checks, more than a third of the gate's time on small tables. Nothing in a validation
changes an expectation, or the configuration that it returned.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

COMPUTED = Expectation.configuration


@contextmanager
def keep_configurations() -> Iterator[None]:
    """Within it, every expectation returns the configuration that it returned first."""
    # The expectation is kept beside its configuration, so that no later object has its id.
    kept: dict[int, tuple[Expectation, ExpectationConfiguration]] = {}

    def configuration(expectation: Expectation) -> ExpectationConfiguration:
        found = kept.get(id(expectation))
        if found is None:
            found = kept[id(expectation)] = expectation, COMPUTED.__get__(expectation)
        return found[1]

    Expectation.configuration = property(configuration)  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Expectation.configuration = COMPUTED  # type: ignore[method-assign]
