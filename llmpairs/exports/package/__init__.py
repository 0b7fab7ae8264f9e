"""A release as a Frictionless data package, for people who do not have llmpairs."""

from llmpairs.exports.package.write import write_package

__all__ = ["write_package"]
