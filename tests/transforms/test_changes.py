import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.changes import find_changes
from llmpairs.warehouse.convert import empty_frame


def offers(**columns: list[object]) -> DataFrame:
    size = len(next(iter(columns.values())))
    same: dict[str, object] = {
        "model_id": "m",
        "input_usd_per_mtok": 0.15,
        "output_usd_per_mtok": 0.6,
        "offer_status": "active",
        "nights_absent": 0,
        "held": False,
        "eligible": True,
        "price_kind": "metered",
    }
    base = {"offer_id": [f"o{number}" for number in range(size)]} | {
        name: [value] * size for name, value in same.items()
    }
    frame = DataFrame({**base, **columns})
    return frame.reindex(columns=empty_frame("offers").columns).astype({"ineligible_reason": "str"})


def tables(offers_: DataFrame) -> dict[str, DataFrame]:
    others = ("models", "providers", "identities", "holds", "facts", "model_redirects", "price_history")
    return {name: empty_frame(name) for name in others} | {"offers": offers_}


def test_a_first_run_has_no_changes() -> None:
    found = find_changes(tables(offers(held=[False])), tables(empty_frame("offers")), rules_changed=False)
    assert found.empty


def test_a_price_move_is_one_change_with_its_ratio_and_cause() -> None:
    found = find_changes(tables(offers(input_usd_per_mtok=[0.3])), tables(offers(input_usd_per_mtok=[0.15])), False)
    assert found[["kind", "field", "old_value", "new_value", "ratio", "cause"]].to_numpy().tolist() == [
        ["changed", "input_usd_per_mtok", "0.15", "0.3", 2.0, "source"]
    ]


def test_a_price_that_vanishes_is_a_change_without_a_ratio() -> None:
    found = find_changes(tables(offers(input_usd_per_mtok=[None])), tables(offers(input_usd_per_mtok=[0.15])), False)
    assert found["new_value"].isna().all()
    assert found["ratio"].isna().all()


def test_changes_of_rules_and_models_have_their_own_cause() -> None:
    found = find_changes(
        tables(offers(model_id=["n"], input_usd_per_mtok=[0.3])), tables(offers(input_usd_per_mtok=[0.15])), True
    )
    assert found.set_index("field")["cause"].to_dict() == {"model_id": "identity", "input_usd_per_mtok": "rules"}


def test_ids_of_changes_do_not_depend_on_the_order_of_rows() -> None:
    before, after = offers(input_usd_per_mtok=[0.1, 0.2]), offers(input_usd_per_mtok=[0.3, 0.4])
    one = find_changes(tables(after), tables(before), False)
    other = find_changes(tables(after.iloc[::-1]), tables(before.iloc[::-1]), False)
    pd.testing.assert_frame_equal(one, other)


def test_a_price_that_corrects_the_history_has_its_own_cause() -> None:
    start, as_of = pd.Timestamp("2026-06-08T23:59:00Z"), pd.Timestamp("2026-06-09T23:59:00Z")
    span = {"offer_id": "o0", "field": "input_usd_per_mtok", "valid_from": start, "known_from": start}
    columns = empty_frame("price_history").columns
    first = DataFrame([{**span, "usd_per_mtok": 150.0, "reason": "change"}]).reindex(columns=columns)
    right = {**span, "usd_per_mtok": 0.15, "reason": "correction", "known_from": as_of}
    now = DataFrame([{**first.iloc[0], "known_to": as_of}, right]).reindex(columns=columns)
    times = dict.fromkeys(("valid_to", "known_to"), "datetime64[us, UTC]")
    before = tables(offers(input_usd_per_mtok=[150.0], output_usd_per_mtok=[0.5])) | {
        "price_history": first.astype(times)
    }
    after = tables(offers(input_usd_per_mtok=[0.15])) | {"price_history": now.astype(times)}
    found = find_changes(after, before, False)
    assert found.set_index("field")["cause"].to_dict() == {
        "input_usd_per_mtok": "correction",
        "output_usd_per_mtok": "source",
        "price_history:input_usd_per_mtok": "correction",
    }
    assert found["change_id"].is_unique


def keys(**models: str | None) -> DataFrame:
    rows = [
        {"source_id": "s", "provider_id": "p", "provider_model_key": key, "model_id": model, "rules_version": "1"}
        for key, model in models.items()
    ]
    return DataFrame(rows).reindex(columns=empty_frame("identities").columns).assign(nights_absent=0)


def test_a_key_that_resolves_to_another_model_is_a_change_with_its_cause() -> None:
    before = tables(offers(held=[False])) | {"identities": keys(a="m/one", b="m/one", c=None)}
    after = tables(offers(held=[False])) | {"identities": keys(a="m/one", b="m/two", c="m/two")}
    [change] = find_changes(after, before, False).to_dict("records")
    assert (change["subject_kind"], change["subject_id"], change["kind"], change["cause"]) == (
        "identity", "s|p|b", "changed", "identity",
    )  # fmt: skip
    assert (change["old_value"], change["new_value"]) == ("m/one", "m/two")
    other_rules = after | {"identities": after["identities"].assign(rules_version="2")}
    assert find_changes(other_rules, before, False)["cause"].tolist() == ["rules"]


def test_a_redirected_model_is_one_change_and_not_one_per_key() -> None:
    redirects = DataFrame({"old_model_id": ["m/one"], "model_id": ["m/two"], "reason": ["renamed"], "since": [None]})
    before = tables(offers(held=[False])) | {"identities": keys(a="m/one", b="m/one")}
    after = tables(offers(held=[False])) | {"identities": keys(a="m/two", b="m/two"), "model_redirects": redirects}
    [change] = find_changes(after, before, False).to_dict("records")
    assert (change["subject_id"], change["kind"], change["new_value"]) == ("m/one", "redirected", "m/two")
    again = before | {"identities": after["identities"], "model_redirects": redirects}
    assert find_changes(after, again, False).empty
