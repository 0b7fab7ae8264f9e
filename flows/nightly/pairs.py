"""The pairs of a run into staged part files, and what changed of them since the parent release."""

from llmpairs.exports.release_changes import compare_releases
from llmpairs.flows.nightly.pair_parts import stage_here
from llmpairs.flows.nightly.plan import Night
from llmpairs.warehouse.contracts.pairs import PAIR_CHANGES
from llmpairs.warehouse.convert import empty_frame
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.releases import open_parts, read_manifest, stage_table


def stage_pairs(night: Night, change_cause: str) -> int:
    """Every pair of live text-generating models, and what of them changed; returns the number of pairs.

    `change_cause` is the cause of a change that nothing in CHANGES explains. With `night.dask` the parts are made
    on that cluster; they hold the same bytes.
    """
    if night.dask:
        from llmpairs.flows.nightly.dask_pairs import stage_on_cluster

        rows = stage_on_cluster(night.warehouse, night.run_id, night.dask)
    else:
        rows = stage_here(night.store, night.run_id)
    stage_pair_changes(night, change_cause)
    return rows


def stage_pair_changes(night: Night, default: str) -> int:
    """Stage PAIR_CHANGES of a night whose pairs are staged; returns the number of rows.

    `default` is the cause of what no row of CHANGES explains. A first night has no changes.
    """
    store, parent = night.store, night.parent
    if parent is None or "pairs" not in read_manifest(store, parent).tables:
        stage_table(store, night.run_id, PAIR_CHANGES, empty_frame(PAIR_CHANGES))
        return 0
    changes = read_log(store, "changes", night.run_id)
    with open_parts(store, night.run_id, PAIR_CHANGES) as writer:
        for rows in compare_releases(store, night.run_id, parent, changes, default):
            writer.write(rows)
    return int(writer.rows)
