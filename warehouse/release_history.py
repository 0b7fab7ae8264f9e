"""History of published releases, from the log, which also has pruned ones."""

from datetime import UTC, date, datetime, time

from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.log import log_files, read_log
from llmpairs.warehouse.manifest import format_timestamp, run_order
from llmpairs.warehouse.releases import list_releases, read_manifest
from llmpairs.warehouse.store import Store


def end_of_day(day: date) -> datetime:
    """The end of a date, UTC; a datetime is kept, and is UTC where it names no zone."""
    end = day if isinstance(day, datetime) else datetime.combine(day, time.max)
    return end.astimezone(UTC) if end.tzinfo else end.replace(tzinfo=UTC)


def list_published(store: Store) -> dict[str, datetime]:
    """As-of time of every release that was ever published, by run id, oldest first."""
    times = {run_id: read_manifest(store, run_id).as_of for run_id in list_releases(store)}
    if log_files(store, "runs"):
        runs = read_log(store, "runs")
        logged = runs[runs["state"] == "published"]
        times |= {
            str(run_id): as_of.to_pydatetime() for run_id, as_of in zip(logged["run_id"], logged["as_of"], strict=True)
        }
    return {run_id: times[run_id] for run_id in sorted(times, key=run_order)}


def find_release(store: Store, at: datetime, release: str | None = None) -> str:
    """The release that was live at a time: the newest whose as-of time is not later.

    ReleaseError when there was none yet, when it was pruned, or when a `release` is named as well. A rollback is not
    in the log and is ignored.
    """
    if release is not None:
        raise ReleaseError("name a release or a time, not both: each selects the release to read")
    published = list_published(store)
    if not published:
        raise ReleaseError(f"{store.name} has no release yet: `llmpairs refresh` makes one")
    earlier = [run_id for run_id, as_of in published.items() if as_of <= at]
    if not earlier:
        first, as_of = next(iter(published.items()))
        raise ReleaseError(
            f"{store.name} had no release yet on {at:%Y-%m-%d at %H:%M} UTC: the first, {first}, is of "
            f"{format_timestamp(as_of)}"
        )
    if earlier[-1] not in list_releases(store):
        raise ReleaseError(_describe_pruned(store, earlier[-1]))
    return earlier[-1]


def _describe_pruned(store: Store, run_id: str) -> str:
    kept = list_releases(store)
    before = [f"{name} before it" for name in kept if run_order(name) < run_order(run_id)]
    after = [f"{name} after it" for name in kept if run_order(name) > run_order(run_id)]
    near = ", ".join(before[-1:] + after[:1]) or "none"
    return (
        f"release {run_id}, which was live then, was pruned from {store.name} (kept: {near}); use --known-at for its "
        "prices, or replay the run from its archive with `llmpairs backfill`"
    )
