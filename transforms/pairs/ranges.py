"""Contiguous ranges of pairs, sorted by (a, b), and values of models spread over them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True)
class PairRange:
    """Pairs of the models `first` to `stop` - 1 with every later model, out of `n` models."""

    first: int
    stop: int
    n: int

    @cached_property
    def counts(self) -> npt.NDArray[np.int64]:
        """Number of pairs of each A model."""
        return self.n - 1 - np.arange(self.first, self.stop)

    def __len__(self) -> int:
        return int(self.counts.sum())

    @cached_property
    def position_a(self) -> npt.NDArray[np.int32]:
        """Position of every pair's A side."""
        return self.a(np.arange(self.n, dtype=np.int32))

    @cached_property
    def position_b(self) -> npt.NDArray[np.int32]:
        """Position of every pair's B side."""
        return self.b(np.arange(self.n, dtype=np.int32))

    def a(self, values: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """The A side's value of every pair."""
        return np.repeat(values[self.first : self.stop], self.counts)

    def b(self, values: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """The B side's value of every pair."""
        return np.concatenate([values[i + 1 :] for i in range(self.first, self.stop)])

    def lookup(self, group: npt.NDArray[np.int64], table: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """Entry of a table for every pair: its row is the A side's group, its column the B side."""
        return np.concatenate([table[group[i], i + 1 :] for i in range(self.first, self.stop)])

    def positions(self, low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Row of each pair (low, high) within the range; the lower model must be in it."""
        before = np.cumsum(self.counts) - self.counts
        return before[low - self.first] + high - low - 1

    def split(self, rows: int) -> "Iterator[PairRange]":
        """Split into ranges of at most `rows` pairs, or of a single A model, in order."""
        if rows < 1:
            raise ValueError(f"rows per range must be at least 1, not {rows}")
        ends = np.cumsum(self.counts)
        first, done = 0, 0
        while first < len(ends):
            stop = max(first + 1, int(np.searchsorted(ends, done + rows, side="right")))
            yield PairRange(self.first + first, self.first + stop, self.n)
            first, done = stop, int(ends[stop - 1])


def all_pairs(n: int) -> PairRange:
    """Every unordered pair of n models."""
    return PairRange(0, max(n - 1, 0), n)
