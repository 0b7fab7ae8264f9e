import numpy as np
from pandas import Series

from llmpairs.transforms.lookup import among, locate


def test_a_text_is_found_where_it_first_stands_and_null_is_nowhere() -> None:
    values = Series(["b", None, "c", "a"], dtype="str")
    known = Series(["a", "b", None, "b"], dtype="str", index=[7, 8, 9, 10])
    assert locate(values, known).tolist() == [1, -1, -1, 0]
    assert among(values, known).tolist() == [True, False, False, True]
    assert locate(values[:0], known).dtype == np.int64
    assert not among(values, known[:0]).any()
