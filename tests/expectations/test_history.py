"""Which changes a run may make to the price history of its parent release."""

import pandas as pd

from llmpairs.expectations.suites.history import span_is_kept
from tests.expectations.good_catalogue import AS_OF, EARLIER
from tests.expectations.good_evidence import history_row

LATER = AS_OF + pd.Timedelta(days=1)
RUN = pd.DataFrame({"as_of": [AS_OF]})
TIMES = dict.fromkeys(("valid_from", "valid_to", "known_from", "known_to"), "datetime64[us, UTC]")


def history(*rows: dict[str, object]) -> pd.DataFrame:
    columns = [*history_row(EARLIER, 1.0), "valid_to", "known_to"]
    return pd.DataFrame(list(rows)).reindex(columns=columns).astype(TIMES)


def test_a_run_may_end_spans_and_replace_spans_of_its_own_as_of_time() -> None:
    before = history(history_row(EARLIER, 1.0), history_row(EARLIER, 2.0, offer_id="o"), history_row(AS_OF, 3.0))
    now = history(history_row(EARLIER, 1.0), history_row(EARLIER, 2.0, offer_id="o", known_to=AS_OF))
    assert span_is_kept(before, now, RUN).tolist() == [True, True, pd.NA]


def test_spans_may_not_be_rewritten_or_lost_nor_spans_of_a_later_run_removed() -> None:
    closed = {"known_to": AS_OF - pd.Timedelta(hours=1)}
    before = history(
        history_row(EARLIER, 1.0),
        history_row(EARLIER, 2.0, offer_id="o", **closed),
        history_row(EARLIER, 3.0, offer_id="p"),
        history_row(LATER, 4.0, known_from=LATER),
        history_row(EARLIER, 5.0, offer_id="q", known_to=LATER),
    )
    now = history(
        history_row(EARLIER, 1.5),
        history_row(EARLIER, 2.0, offer_id="o"),
        history_row(EARLIER, 3.0, offer_id="p", valid_to=AS_OF),
        history_row(EARLIER, 5.0, offer_id="q"),
    )
    assert span_is_kept(before, now, RUN).tolist() == [False] * 5
