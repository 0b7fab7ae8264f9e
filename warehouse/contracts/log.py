"""The log: append-only, one folder per attempt; survives pruning."""

import pyarrow as pa

from llmpairs.warehouse.columns import RUN_ID, SOURCE_ID, count, enum, flag, moment, text
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.vocabulary import CHANGE_CAUSES, SEVERITIES, SOURCE_KINDS

RUNS = Table(
    name="runs",
    grain="an attempt to publish a night",
    key=("run_id",),
    place="log",
    columns=(
        RUN_ID,
        moment("as_of", "The night's moment."),
        moment("started_at", "Wall clock at the start."),
        Column(
            name="seconds",
            type=pa.float64(),
            about="Duration.",
            unit="seconds",
            null_means="it was killed and could not say",
            minimum=0,
        ),
        enum("state", ("published", "blocked", "failed"), "How it ended."),
        enum("mode", ("live", "replay"), "Whether the sources or an archive answered."),
        text("parent_run_id", "Release that it built on.", "the first release"),
        text("error", "What stopped it.", "it was not stopped"),
        count("models", "Models in the release."),
        count("offers", "Offers in the release."),
        count("pairs", "Pairs in the release."),
        Column(
            name="stage_seconds",
            type=pa.list_(pa.struct([pa.field("stage", pa.string()), pa.field("seconds", pa.float64())])),
            about="Seconds by stage, in order.",
            unit="seconds",
        ),
        count("peak_rss_bytes", "Largest memory of the run's process tree.", "not measured", unit="bytes"),
    ),
)

SOURCES = Table(
    name="sources",
    grain="a source's night",
    key=("run_id", "source_id"),
    place="log",
    columns=(
        RUN_ID,
        SOURCE_ID,
        text("title", "Name to show."),
        enum("kind", SOURCE_KINDS, "What kind of source."),
        text("lineage", "Family of sources that copy each other."),
        text("homepage", "Where a reader finds the source."),
        text("terms", "Terms under which it is read."),
        flag("redistributable", "Whether its values may be passed on.", "the terms do not say"),
        text("verified", "How its parser was checked, and against what."),
        text("state", "Verdict of the night: ok, partial, not_archived, layout_changed, ..."),
        text("cause", "What happened, in one line.", "nothing to say"),
        count("items", "Claims landed tonight."),
        count("pages_asked", "Pages asked for."),
        count("pages_answered", "Pages answered and parsed."),
        count("rejected_entries", "Entries that could not be read."),
        Column(
            name="unknown_keys",
            type=pa.list_(pa.string()),
            about="Keys of the source that the parser does not know.",
        ),
        Column(
            name="filled_fields",
            type=pa.list_(pa.struct([pa.field("field", pa.string()), pa.field("items", pa.int64())])),
            about="How many of tonight's claims say something in each of their fields (offer.context_tokens).",
            null_means="the night was before this was counted",
        ),
        moment("captured_at", "Newest capture in use.", "never captured"),
        text("landing_run_id", "Attempt whose landing is in use.", "nothing is in use"),
        count("carried_items", "Claims in use from an earlier night."),
        moment("late_after", "When its values count as late.", "never captured"),
        moment("expires_at", "When its last good values stop being used for prices.", "never captured"),
    ),
)

QUALITY_RESULTS = Table(
    name="quality_results",
    grain="an expectation's result",
    key=("run_id", "suite", "check"),
    place="log",
    columns=(
        RUN_ID,
        text("suite", "Table or subject of the check."),
        text("check", "The check in words, unique within its suite."),
        enum("severity", SEVERITIES, "What a failure means."),
        enum("outcome", ("passed", "failed", "broken"), "broken: the check itself raised."),
        count("rows_checked", "Rows looked at."),
        count("rows_failed", "Rows that break the expectation."),
        text("observed", "The figure found.", "the check has none"),
        Column(
            name="failing_keys", type=pa.list_(pa.string()), about="Keys of failing rows, at most twenty."
        ),
        text("why", "Reason of the rule or of its tolerance.", "follows from the contract"),
        text(
            "check_id",
            "Line of docs/QUALITY_CHECKS.md that it covers, such as Q34.",
            "it covers no line of that list, or the night was before they had ids",
        ),
    ),
)

CHANGES = Table(
    name="changes",
    grain="a difference from the parent release",
    key=("run_id", "change_id"),
    place="log",
    columns=(
        RUN_ID,
        text("change_id", "Digest of subject, field and kind."),
        enum("subject_kind", ("model", "offer", "provider", "source", "identity"), "What changed."),
        text("subject_id", "Its id; of an identity source, provider and key, joined by '|'."),
        enum(
            "kind",
            ("added", "changed", "absent", "returned", "retired", "redirected", "alias_moved"),
            "What happened. `alias_moved`: a source now leads the key to another model; with the cause `identity` "
            "it is held until confirmed, with `decision` it was. `redirected`: a model goes by another id.",
        ),
        text("field", "Which column; '-' for the whole subject."),
        text("old_value", "Before.", "there was none"),
        text("new_value", "After.", "there is none"),
        Column(
            name="ratio",
            type=pa.float64(),
            about="New over old, for prices and sizes.",
            unit="ratio",
            null_means="not a number, or one side is null or zero",
        ),
        enum("cause", CHANGE_CAUSES, "Why: the source, our rules, identity, a decision, or a correction."),
    ),
)

COVERAGE = Table(
    name="coverage",
    grain="how far a field was known on a night, over all subjects or those of one provider",
    key=("run_id", "subject_kind", "provider_id", "field"),
    place="log",
    columns=(
        RUN_ID,
        enum(
            "subject_kind",
            ("model", "offer"),
            "Live text-generating models, or their active standard offers.",
        ),
        text("provider_id", "Canonical provider of the offers; '-' for all of them, and for models."),
        text("field", "A column, `price`, or `capability:<name>`."),
        count("subjects", "Models or offers that should have it."),
        count("known", "Those for which it is known."),
    ),
)

CAPTURES = Table(
    name="captures",
    grain="an archived response",
    key=("run_id", "capture_id"),
    place="log",
    columns=(
        RUN_ID,
        text("capture_id", "Digest of address, capture time and payload."),
        SOURCE_ID,
        text("url", "Address asked for."),
        text("method", "HTTP method."),
        Column(name="status", type=pa.int64(), about="HTTP status.", unit="status code"),
        text("content_type", "As the server said.", "it did not say"),
        moment("captured_at", "When the response was received."),
        text("payload_sha256", "Digest of the decoded body."),
        count("payload_bytes", "Length of the decoded body.", unit="bytes"),
        text("payload_digest", "WARC-Payload-Digest of the body as stored."),
        flag("late", "Younger than the night it served."),
        text("archive_path", "WARC below the warehouse's archive folder."),
        text("archive_sha256", "Digest of that file.", "the file is still being written"),
        text("warc_record_id", "WARC-Record-ID."),
        count("warc_offset", "Byte offset of the record.", unit="bytes"),
        text(
            "body_archive_path", "WARC that holds the body of an unchanged page.", "the record has its body"
        ),
        count(
            "body_warc_offset",
            "Byte offset of the record with the body of an unchanged page.",
            "the record has its body",
            unit="bytes",
        ),
        text("etag", "ETag of the response: the server's name for this version.", "the server gave none"),
        text("last_modified", "Last-Modified of the response, as printed.", "the server gave none"),
    ),
)
