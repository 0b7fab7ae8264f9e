import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd
import pytest

from llmpairs.flows.nightly.gate_process import CriticalFailure
from llmpairs.flows.nightly.notify import NotifyError, list_dead, notify_of_outcome, notify_url
from llmpairs.flows.nightly.plan import RunPlan
from llmpairs.flows.nightly.request import RefreshRequest, refresh_warehouse
from llmpairs.flows.nightly.run import RunOutcome
from llmpairs.flows.runtime.lock import lock_warehouse
from llmpairs.progress import Progress
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.log import append_log
from llmpairs.warehouse.store import open_store
from tests.warehouse.samples import frame

RUN, BEFORE = "20260609T235900Z", "20260608T235900Z"
AS_OF = datetime(2026, 6, 9, 23, 59, tzinfo=UTC)
TOKEN = "hook-token-0815"


class Webhook(ThreadingHTTPServer):
    """Keeps the messages that it gets; answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.messages: list[dict[str, Any]] = []
        self.status = 204

    @property
    def url(self) -> str:
        return f"http://user:{TOKEN}@127.0.0.1:{self.server_port}/{TOKEN}"


class Answer(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Content-Type"] == "application/json"
        self.server.messages.append(json.loads(body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing."""


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    server = Webhook()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def plan_for(folder: Path) -> RunPlan:
    return RunPlan(run_id=RUN, as_of="2026-06-09T23:59:00Z", mode="live", warehouse=str(folder), parent=BEFORE)


def log_sources(folder: Path, run_id: str, **states: tuple[str, int | None]) -> None:
    """Source rows of a run: state, and days from the run until the values expire."""
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


def test_a_published_run_is_notified_with_its_row_counts(tmp_path: Path, webhook: Webhook) -> None:
    outcome = RunOutcome(
        run_id=RUN, state="published", counts={"models": 3, "offers": 5, "pairs": 1200, "facts": 9}, seconds=61.5,
        failed_sources=("groq",),
    )  # fmt: skip
    notify_of_outcome(webhook.url, plan_for(tmp_path), outcome)
    (message,) = webhook.messages
    assert message["event"] == "published"
    assert message["text"] == f"llmpairs: published {RUN}: 3 models, 5 offers, 1,200 pairs"
    assert message["counts"] == {"models": 3, "offers": 5, "pairs": 1200}
    assert (message["run_id"], message["seconds"], message["failed_sources"]) == (RUN, 61.5, ["groq"])
    assert message["report"] == f"{tmp_path}/runs/{RUN}/report.html"


def test_a_blocked_run_names_its_checks(tmp_path: Path, webhook: Webhook) -> None:
    keys = [f"offer-{number}" for number in range(20)]
    check = CriticalFailure(
        suite="offers", check="no price is negative", outcome="failed", observed="20 of 90", failing_keys=keys
    )
    notify_of_outcome(webhook.url, plan_for(tmp_path), RunOutcome(run_id=RUN, state="blocked", critical=(check,)))
    (message,) = webhook.messages
    assert message["event"] == "blocked"
    assert message["text"].endswith("offers: no price is negative")
    assert message["critical"][0]["keys"] == keys[:5]


def test_a_source_is_reported_dead_once_when_its_last_good_values_expire(tmp_path: Path, webhook: Webhook) -> None:
    log_sources(tmp_path, BEFORE, old=("timed_out", -1), dying=("timed_out", 0), new=("ok", 7))
    log_sources(
        tmp_path, RUN, old=("timed_out", -1), dying=("timed_out", 0), new=("ok", 7), late=("moved", 3),
        keyless=("not_configured", None), never=("layout_changed", None),
    )  # fmt: skip
    done = RunOutcome(run_id=RUN, state="published")
    notify_of_outcome(webhook.url, plan_for(tmp_path), done)
    assert [each["event"] for each in webhook.messages] == ["published", "source_dead"]
    assert webhook.messages[1]["sources"] == ["never"]
    assert "never" in webhook.messages[1]["text"]


def test_a_source_is_dead_when_it_failed_and_its_values_have_expired() -> None:
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
def test_a_webhook_that_fails_is_a_warning_without_its_url(
    fault: str, tmp_path: Path, webhook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    webhook.status = 500
    url = {
        "refused": webhook.url,
        "gone": f"http://127.0.0.1:9/{TOKEN}",
        "nonsense": f"http://127.0.0.1:{webhook.server_port}\x00/{TOKEN}",
    }[fault]
    with caplog.at_level("DEBUG", logger="llmpairs"):
        notify_of_outcome(url, plan_for(tmp_path), RunOutcome(run_id=RUN, state="published"))
    ours = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("llmpairs"))
    assert "127.0.0.1" in ours
    assert TOKEN not in ours


def test_a_run_that_cannot_start_is_notified_and_one_that_finds_another_running_is_not(
    tmp_path: Path, webhook: Webhook
) -> None:
    (tmp_path / "file").write_text("")
    request = RefreshRequest(warehouse=str(tmp_path / "file" / "w"), notify_url=webhook.url)
    with pytest.raises(StoreError):
        refresh_warehouse(request, Progress())
    assert [each["event"] for each in webhook.messages] == ["failed"]
    assert "cannot be written" in webhook.messages[0]["error"]
    request = replace(request, warehouse=str(tmp_path / "w"))
    with lock_warehouse(request.warehouse), pytest.raises(RuntimeError, match="still running"):
        refresh_warehouse(request, Progress())
    assert len(webhook.messages) == 1


@pytest.mark.parametrize("url", ["hooks.example.com/x", "ftp://example.com/x", "file:///etc/hostname", "https://"])
def test_a_url_that_is_not_http_is_refused(url: str) -> None:
    with pytest.raises(NotifyError, match="not an http"):
        notify_url(url)


def test_the_url_comes_from_the_environment_where_it_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert notify_url(None) is None
    monkeypatch.setenv("LLMPAIRS_NOTIFY_URL", "https://example.com/a")
    assert notify_url(None) == "https://example.com/a"
    assert notify_url("https://example.com/b") == "https://example.com/b"
