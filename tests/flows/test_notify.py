import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd
import pytest

from llmpairs.flows.nightly.notify import NotifyError, list_dead, notify_of, notify_url
from llmpairs.flows.nightly.plan import Night
from llmpairs.flows.nightly.request import Wanted, refresh_warehouse
from llmpairs.flows.nightly.run import Outcome
from llmpairs.flows.runtime.lock import one_night
from llmpairs.progress import Stages
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.log import append_log
from llmpairs.warehouse.store import open_store
from tests.warehouse.samples import frame

RUN, BEFORE = "20260609T235900Z", "20260608T235900Z"
AS_OF = datetime(2026, 6, 9, 23, 59, tzinfo=UTC)
TOKEN = "hook-token-0815"


class Webhook(ThreadingHTTPServer):
    """Keeps what it is told; answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.told: list[dict[str, Any]] = []
        self.status = 204

    @property
    def url(self) -> str:
        return f"http://user:{TOKEN}@127.0.0.1:{self.server_port}/{TOKEN}"


class Answer(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Content-Type"] == "application/json"
        self.server.told.append(json.loads(body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    server = Webhook()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def night_at(folder: Path) -> Night:
    return Night(run_id=RUN, as_of="2026-06-09T23:59:00Z", mode="live", warehouse=str(folder), parent=BEFORE)


def log_sources(folder: Path, run_id: str, **states: tuple[str, int | None]) -> None:
    """A night's sources: state, and days from the night until the values expire."""
    rows = [
        {
            "run_id": run_id,
            "source_id": name,
            "state": state,
            "expires_at": pd.NaT if days is None else AS_OF + timedelta(days=days),
        }
        for name, (state, days) in states.items()
    ]
    append_log(open_store(folder), "sources", run_id, frame("sources", *rows))


def test_a_published_night_is_a_ping_with_its_figures(tmp_path: Path, webhook: Webhook) -> None:
    outcome = Outcome(
        run_id=RUN, state="published", counts={"models": 3, "offers": 5, "pairs": 1200, "facts": 9}, seconds=61.5,
        failed_sources=("groq",),
    )  # fmt: skip
    notify_of(webhook.url, night_at(tmp_path), outcome)
    (told,) = webhook.told
    assert told["event"] == "published"
    assert told["text"] == f"llmpairs: published {RUN}: 3 models, 5 offers, 1,200 pairs"
    assert told["counts"] == {"models": 3, "offers": 5, "pairs": 1200}
    assert (told["run_id"], told["seconds"], told["failed_sources"]) == (RUN, 61.5, ["groq"])
    assert told["report"] == f"{tmp_path}/runs/{RUN}/report.html"


def test_a_blocked_night_names_its_checks(tmp_path: Path, webhook: Webhook) -> None:
    keys = [f"offer-{number}" for number in range(20)]
    check = {"suite": "offers", "check": "no price is negative", "observed": "20 of 90", "failing_keys": keys}
    notify_of(webhook.url, night_at(tmp_path), Outcome(run_id=RUN, state="blocked", critical=(check,)))
    (told,) = webhook.told
    assert told["event"] == "blocked"
    assert told["text"].endswith("offers: no price is negative")
    assert told["critical"][0]["keys"] == keys[:5]


def test_a_source_is_reported_dead_once_when_its_last_good_values_expire(
    tmp_path: Path, webhook: Webhook
) -> None:
    log_sources(tmp_path, BEFORE, old=("timed_out", -1), dying=("timed_out", 0), new=("ok", 7))
    log_sources(
        tmp_path, RUN, old=("timed_out", -1), dying=("timed_out", 0), new=("ok", 7), late=("moved", 3),
        keyless=("not_configured", None), never=("layout_changed", None),
    )  # fmt: skip
    done = Outcome(run_id=RUN, state="published")
    notify_of(webhook.url, night_at(tmp_path), done)
    assert [message["event"] for message in webhook.told] == ["published", "source_dead"]
    assert webhook.told[1]["sources"] == ["never"]
    assert "never" in webhook.told[1]["text"]


def test_dead_is_who_failed_and_has_nothing_left_to_use() -> None:
    moment = pd.Timestamp(AS_OF)
    sources = frame(
        "sources",
        {"source_id": "quiet", "state": "ok", "expires_at": AS_OF - timedelta(days=1)},
        {"source_id": "late", "state": "moved", "expires_at": AS_OF + timedelta(days=1)},
        {"source_id": "dead", "state": "moved", "expires_at": AS_OF},
        {"source_id": "never", "state": "moved", "expires_at": None},
    ).astype({"expires_at": "datetime64[us, UTC]"})
    assert list_dead(sources, moment) == ["dead", "never"]


@pytest.mark.parametrize("fault", ["refused", "gone", "nonsense"])
def test_a_webhook_that_fails_is_a_warning_without_its_address(
    fault: str, tmp_path: Path, webhook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    webhook.status = 500
    url = {
        "refused": webhook.url,
        "gone": f"http://127.0.0.1:9/{TOKEN}",
        "nonsense": f"http://127.0.0.1:{webhook.server_port}\x00/{TOKEN}",
    }[fault]
    with caplog.at_level("DEBUG", logger="flows"):
        notify_of(url, night_at(tmp_path), Outcome(run_id=RUN, state="published"))
    assert "127.0.0.1" in caplog.text
    assert TOKEN not in " ".join(
        record.getMessage() for record in caplog.records if record.name.startswith("flows")
    )


def test_a_night_that_cannot_begin_is_told_and_one_that_finds_another_running_is_not(
    tmp_path: Path, webhook: Webhook
) -> None:
    (tmp_path / "file").write_text("")
    wanted = Wanted(warehouse=str(tmp_path / "file" / "w"), notify_url=webhook.url)
    with pytest.raises(StoreError):
        refresh_warehouse(wanted, Stages())
    assert [message["event"] for message in webhook.told] == ["failed"]
    assert "file" in webhook.told[0]["error"]
    with one_night(wanted.warehouse), pytest.raises(RuntimeError, match="still running"):
        refresh_warehouse(wanted, Stages())
    assert len(webhook.told) == 1


@pytest.mark.parametrize(
    "url", ["hooks.example.com/x", "ftp://example.com/x", "file:///etc/hostname", "https://"]
)
def test_an_address_that_is_no_webhooks_is_refused(url: str) -> None:
    with pytest.raises(NotifyError, match="no http"):
        notify_url(url)


def test_the_address_comes_from_the_environment_where_it_is_not_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert notify_url(None) is None
    monkeypatch.setenv("LLMPAIRS_NOTIFY_URL", "https://example.com/a")
    assert notify_url(None) == "https://example.com/a"
    assert notify_url("https://example.com/b") == "https://example.com/b"
