"""Which release readers had at a time, from the log, which outlives the releases."""

from datetime import UTC, date, datetime, time

from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.log import log_files, read_log
from llmpairs.warehouse.manifest import run_order, spell_moment
from llmpairs.warehouse.releases import list_releases, read_manifest
from llmpairs.warehouse.store import Store


def end_of(day: date) -> datetime:
    """The last moment of a day, UTC; a moment stays what it is, and is UTC where it names no zone."""
    moment = day if isinstance(day, datetime) else datetime.combine(day, time.max)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def list_published(store: Store) -> dict[str, datetime]:
    """The moment of every release that was ever published, by run id, oldest first."""
    moments = {run_id: read_manifest(store, run_id).as_of for run_id in list_releases(store)}
    if log_files(store, "runs"):
        runs = read_log(store, "runs")
        logged = runs[runs["state"] == "published"]
        moments |= {
            str(run_id): as_of.to_pydatetime()
            for run_id, as_of in zip(logged["run_id"], logged["as_of"], strict=True)
        }
    return {run_id: moments[run_id] for run_id in sorted(moments, key=run_order)}


def find_release(store: Store, moment: datetime, release: str | None = None) -> str:
    """The newest release whose moment is not after that one: the one that readers had then.

    ReleaseError when there was none yet, when it was pruned, or when a `release` is named as well. A rollback is not
    in the log and does not count.
    """
    if release is not None:
        raise ReleaseError("name a release or a time, not both: each of them chooses the release to read")
    moments = list_published(store)
    if not moments:
        raise ReleaseError(f"{store.name} has no release yet: `llmpairs refresh` makes one")
    earlier = [run_id for run_id, as_of in moments.items() if as_of <= moment]
    if not earlier:
        first, as_of = next(iter(moments.items()))
        raise ReleaseError(
            f"{store.name} had no release yet on {moment:%Y-%m-%d at %H:%M} UTC: the first, {first}, is of "
            f"{spell_moment(as_of)}"
        )
    if earlier[-1] not in list_releases(store):
        raise ReleaseError(_tell_pruned(store, earlier[-1]))
    return earlier[-1]


def _tell_pruned(store: Store, run_id: str) -> str:
    kept = list_releases(store)
    before = [f"{name} before it" for name in kept if run_order(name) < run_order(run_id)]
    after = [f"{name} after it" for name in kept if run_order(name) > run_order(run_id)]
    near = ", ".join(before[-1:] + after[:1]) or "none"
    return (
        f"release {run_id}, which readers had then, was pruned from {store.name} (kept: {near}); ask a later one for "
        "prices with --known-at, or make the night again from its archive with `llmpairs rebuild`"
    )
