"""OpenTelemetry's spans in OTLP JSON, a line for each export, as SQL that makes rows of them.

The names are those of the stable conventions of HTTP: a span of a client, or of a server where a file has no
client's, is one attempt, and `http.request.resend_count` numbers the attempts.
"""

from __future__ import annotations

import re

from harness.learn.exchange_store import TEMPLATE

MOST_LINE_BYTES = 16_000_000
IS_OTLP = re.compile(r'\s*\{\s*"resourceSpans"')
_CLIENT = re.compile(r'"kind"\s*:\s*(3|"SPAN_KIND_CLIENT")')
_KINDS = {True: "('3', 'SPAN_KIND_CLIENT')", False: "('2', 'SPAN_KIND_SERVER')"}


def rows_of_spans(first_line: str) -> str:
    """The SQL for a file that begins so."""
    full = "regexp_replace({}, '^[a-z]+://[^/?#]*', '')".format(_value("url.full"))
    path = f"coalesce({_value('http.route')}, {_value('url.template')}, {TEMPLATE.format(path='raw_path')}, host, '')"
    return f"""
SELECT line, began_s, began_s, ended_s, trim(method || ' ' || {path}), coalesce(status, 0),
    CASE WHEN status IS NOT NULL OR error IS NULL THEN ''
        WHEN regexp_matches(error, '(?i)time.?out') THEN 'read_timeout' ELSE 'failed' END, coalesce(attempt, 0), 1.0,
    NULL
FROM (SELECT line, attributes, TRY_CAST(span->>'$.startTimeUnixNano' AS DOUBLE) / 1e9 AS began_s,
    TRY_CAST(span->>'$.endTimeUnixNano' AS DOUBLE) / 1e9 AS ended_s, {_value("http.request.method")} AS method,
    TRY_CAST({_value("http.response.status_code")} AS SMALLINT) AS status, {_value("error.type")} AS error,
    TRY_CAST({_value("http.request.resend_count")} AS SMALLINT) AS attempt,
    coalesce({_value("url.path")}, {full}) AS raw_path, {_value("server.address")} AS host
    FROM (SELECT line, span, span->'$.attributes[*]' AS attributes
        FROM (SELECT line, unnest(text::JSON->'$.resourceSpans[*].scopeSpans[*].spans[*]') AS span
            FROM lines WHERE json_valid(text))
        WHERE span->>'$.kind' IN {_KINDS[_CLIENT.search(first_line) is not None]}))
WHERE method IS NOT NULL
"""


def _value(name: str) -> str:
    """An attribute's value as SQL; NULL without the attribute."""
    attribute = f"list_filter(attributes, lambda each: each->>'$.key' = '{name}')[1]"
    return f"coalesce({attribute}->>'$.value.stringValue', {attribute}->>'$.value.intValue')"
