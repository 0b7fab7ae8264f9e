"""The log: append-only, one folder per run; not pruned."""

import pyarrow as pa

from llmpairs.warehouse.columns import RUN_ID, SOURCE_ID, count, enum, flag, number, strings, text, timestamp
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.vocabulary import CHANGE_CAUSES, SEVERITIES, SOURCE_KINDS

STAGE_SECONDS = pa.list_(pa.struct([pa.field("stage", pa.string()), pa.field("seconds", pa.float64())]))

RUNS = Table(
    name="runs",
    grain="a run of the pipeline, published or not",
    key=("run_id",),
    storage="log",
    columns=(
        RUN_ID,
        timestamp("as_of", "As-of time of the run."),
        timestamp("started_at", "Wall-clock time at the start."),
        number("seconds", "Duration.", "seconds", "the run was killed").within(0),
        enum("state", ("published", "blocked", "failed"), "How the run ended."),
        enum("mode", ("live", "replay"), "Whether pages came from the live sources or from an archive."),
        text("parent_run_id", "Release that the run was built on.", "the first release"),
        text("error", "Error that stopped the run.", "no error"),
        count("models", "Models in the release."),
        count("offers", "Offers in the release."),
        count("pairs", "Pairs in the release."),
        number("stage_seconds", "Seconds by stage, in order.", "seconds", of=STAGE_SECONDS),
        count("peak_rss_bytes", "Peak memory of the run's process tree.", "not measured", unit="bytes"),
    ),
)

SOURCES = Table(
    name="sources",
    grain="a source in a run",
    key=("run_id", "source_id"),
    storage="log",
    columns=(
        RUN_ID,
        SOURCE_ID,
        text("title", "Display name."),
        enum("kind", SOURCE_KINDS, "Kind of source."),
        text("lineage", "Independent source group: sources that copy each other."),
        text("homepage", "Address of the source for people."),
        text("terms", "Terms of use of the source."),
        flag("redistributable", "Whether the terms allow passing values on.", "the terms do not state it"),
        text("verified", "How the parser was verified, and against what."),
        text("state", "Crawl result: ok, partial, not_archived, layout_changed, ..."),
        text("cause", "Cause of the state in one line.", "no further detail"),
        count("items", "Claims landed in this run."),
        count(
            "fewest_items",
            "Registered number of claims of its smallest whole list; 1 for a sample.",
            "the run was before this was logged",
        ),
        count("pages_asked", "Pages requested."),
        count("pages_answered", "Pages answered and parsed."),
        count(
            "pages_not_due",
            "Pages that were not requested because they were answered lately, or wait for a later run.",
            "the run was before this was logged",
        ),
        count(
            "pages_failed",
            "Pages that failed; a model card that does not exist or is closed is not counted.",
            "the run was before this was logged",
        ),
        count(
            "held_items",
            "New entries of this run's crawl that are held: the list has far more than usual. They are not in `items`.",
            "the run was before this was logged",
        ),
        count("rejected_entries", "Entries that failed to parse."),
        strings("unknown_keys", "Fields of the source that the parser does not know."),
        Column(
            name="filled_fields",
            type=pa.list_(pa.struct([pa.field("field", pa.string()), pa.field("items", pa.int64())])),
            about="Number of this run's claims with a value, by field (offer.context_tokens).",
            null_means="the run was before this was counted",
        ),
        timestamp("captured_at", "Newest capture in use.", "never captured"),
        text("landing_run_id", "Run whose landed data are in use.", "nothing is in use"),
        count("carried_items", "Claims carried forward from an earlier run."),
        timestamp("late_after", "Time from which its values count as late.", "never captured"),
        timestamp(
            "expires_at", "Time from which its last known good values are no longer used for prices.", "never captured"
        ),
    ),
)

QUALITY_RESULTS = Table(
    name="quality_results",
    grain="the result of a check",
    key=("run_id", "suite", "check"),
    storage="log",
    columns=(
        RUN_ID,
        text("suite", "Table or subject of the check."),
        text("check", "Description of the check, unique within its suite."),
        enum("severity", SEVERITIES, "Severity of a failure."),
        enum("outcome", ("passed", "failed", "broken"), "Result; broken: the check itself raised an error."),
        count("rows_checked", "Rows checked."),
        count("rows_failed", "Rows that fail the check."),
        text("observed", "Observed value.", "the check has none"),
        strings("failing_keys", "Keys of failing rows, at most twenty."),
        text("why", "Reason for the rule or its tolerance.", "the check follows from the contract"),
        text(
            "check_id",
            "Line of docs/QUALITY_CHECKS.md that it covers, such as Q34.",
            "it covers no line of that list, or the run was before lines had ids",
        ),
    ),
)

CHANGES = Table(
    name="changes",
    grain="a difference from the parent release",
    key=("run_id", "change_id"),
    storage="log",
    columns=(
        RUN_ID,
        text("change_id", "Digest of subject, field and kind."),
        enum("subject_kind", ("model", "offer", "provider", "source", "identity"), "Kind of subject that changed."),
        text("subject_id", "Id of the subject; for an identity: source, provider and key, joined by '|'."),
        enum(
            "kind",
            ("added", "changed", "absent", "returned", "retired", "redirected", "alias_moved"),
            "Kind of change. `alias_moved`: a source now maps the key to another model; with the cause `identity` "
            "it is held until confirmed, with `decision` it is confirmed. `redirected`: the id of a model changed.",
        ),
        text("field", "Changed column; '-' for the whole subject."),
        text("old_value", "Value before.", "there was none"),
        text("new_value", "Value after.", "there is none"),
        number(
            "ratio", "New value over old, for prices and sizes.", "ratio", "not a number, or one side is null or zero"
        ),
        enum(
            "cause", CHANGE_CAUSES, "Cause: the source, a change of the rules, identity, a decision, or a correction."
        ),
    ),
)

COVERAGE = Table(
    name="coverage",
    grain="the coverage of a field in a run, over all subjects or those of one provider",
    key=("run_id", "subject_kind", "provider_id", "field"),
    storage="log",
    columns=(
        RUN_ID,
        enum(
            "subject_kind",
            ("model", "offer"),
            "Kind of subject: live text-generating models, or their active standard offers.",
        ),
        text("provider_id", "Canonical provider of the offers; '-' for all of them, and for models."),
        text("field", "A column, `price`, or `capability:<name>`."),
        count("subjects", "Models or offers that should have the field."),
        count("known", "Models or offers whose value is known."),
    ),
)

QUARANTINE = Table(
    name="quarantine",
    grain="a row that breaks the contract of its table, or one value of such a row",
    key=("run_id", "table_name", "row_key", "field"),
    storage="log",
    columns=(
        RUN_ID,
        text("table_name", "Table of the row; `landing` for a line of landed claims."),
        text("row_key", "Key of the row, as column=value; of a landed line its file and number."),
        text("field", "Column whose value breaks the contract; '-' for a whole line."),
        text("problem", "What is wrong with the value."),
        text("value", "The value as text.", "the value is null"),
        enum(
            "set_aside",
            ("row", "value"),
            "What the table lacks: the whole row, or the value alone, which is null there. Rows that other tables "
            "refer to lack the value alone where the column may be null.",
        ),
        text("evidence", "The row as JSON with its values as text, or the landed line; at most 4,000 characters."),
        text("source_id", "Source of the row.", "the row names none"),
        text("capture_id", "Archived response that the row cites; see table `captures` of the log.", "it cites none"),
        count("table_rows", "Rows of the table in the run, those set aside included."),
    ),
    warnings=("Empty in an ordinary run.",),
)

CAPTURES = Table(
    name="captures",
    grain="an archived response",
    key=("run_id", "capture_id"),
    storage="log",
    columns=(
        RUN_ID,
        text("capture_id", "Digest of address, capture time and payload."),
        SOURCE_ID,
        text("url", "Requested address."),
        text("method", "HTTP method."),
        number("status", "HTTP status.", "status code", of=pa.int64()),
        text("content_type", "Content type of the response.", "the server sent none"),
        timestamp("captured_at", "Time at which the response was received."),
        text("payload_sha256", "Digest of the decoded body."),
        count("payload_bytes", "Length of the decoded body.", unit="bytes"),
        text("payload_digest", "WARC-Payload-Digest of the body as stored."),
        flag("late", "Whether the capture is later than the as-of time of the run."),
        text("archive_path", "WARC file, relative to the warehouse's archive folder."),
        text("archive_sha256", "Digest of that file.", "the file is still being written"),
        text("warc_record_id", "WARC-Record-ID."),
        count("warc_offset", "Byte offset of the record.", unit="bytes"),
        text("body_archive_path", "WARC file with the body of an unchanged page.", "the record has its body"),
        count(
            "body_warc_offset",
            "Byte offset of the record with the body of an unchanged page.",
            "the record has its body",
            unit="bytes",
        ),
        text("etag", "ETag of the response.", "the server sent none"),
        text("last_modified", "Last-Modified of the response, as printed.", "the server sent none"),
    ),
)
