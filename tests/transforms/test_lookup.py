import numpy as np
from pandas import Series

from llmpairs.transforms.lookup import find_positions, is_member


def test_the_first_position_is_found_and_null_is_not() -> None:
    values = Series(["b", None, "c", "a"], dtype="str")
    known = Series(["a", "b", None, "b"], dtype="str", index=[7, 8, 9, 10])
    assert find_positions(values, known).tolist() == [1, -1, -1, 0]
    assert is_member(values, known).tolist() == [True, False, False, True]
    assert find_positions(values[:0], known).dtype == np.int64
    assert not is_member(values, known[:0]).any()
