"""One run in detail: its thresholds and the charts of its Run page, as sections of the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dashboard.charts import anatomy, guards, pool, retries, rollout, service_usage, shadow, traffic, upstream
from dashboard.charts.time import Backdrop, backdrop_of
from dashboard.charts.waterfall import shown_until_s, waterfall_chart
from dashboard.data.call_table import call_sentence
from dashboard.data.event_spans import active_sentences, since
from dashboard.data.margin_table import margin_table
from dashboard.data.policy_settings import limits_of
from dashboard.data.pulled_levers import lever_table
from dashboard.data.run_frames import RunFrames
from dashboard.data.shadow_frames import field_table
from dashboard.report.blocks import Section, Table, figure_of, table_of
from dashboard.theme.palette import LIGHT
from harness.analyse.measure.waterfall import waterfall
from harness.model.call_query import CallQuery
from harness.model.slo import Slo
from harness.record.call_store import CallStore
from harness.record.notes import notes
from harness.record.reader import Record

SLOWEST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class RunDetail:
    """One run: what it is called, what its policy is, how it was judged, and its sections."""

    name: str
    description: str
    standing_faults: tuple[str, ...]
    thresholds: Table | None
    sections: tuple[Section, ...]


def run_detail(record: Record, name: str, frames: RunFrames, key: str) -> RunDetail:
    """A run's detail; without any call it has no sections. `key` is unique on the page."""
    end = record.end
    margins = end.verdict.margins if end is not None else ()
    return RunDetail(
        name=name,
        description=record.run.policy.description,
        standing_faults=frames.standing,
        thresholds=table_of(margin_table(margins)) if margins else None,
        sections=tuple(_sections(record, frames, key)) if frames.calls else (),
    )


def _sections(record: Record, frames: RunFrames, key: str) -> Iterator[Section]:
    behind, slo = backdrop_of(frames, LIGHT), record.run.scenario.slo
    yield from _rollout(record, frames, behind, f"{key}-rollout")
    yield from _shadow(record, frames, behind, f"{key}-shadow")
    yield _traffic(frames, slo, behind, f"{key}-traffic")
    spent = [anatomy.anatomy(frames.parts, behind)]
    yield Section(
        "Where the time of a call was spent",
        anatomy.anatomy_sentence(frames.parts),
        figure=figure_of(spent, f"{key}-anatomy", "Mean seconds per call, by part"),
    )
    yield from _service(frames, behind, f"{key}-service")
    yield _pool(frames, behind, f"{key}-pool")
    yield _guards(frames, behind, f"{key}-guards")
    if len(frames.retries):
        limits = limits_of(slo, "amplification")
        panels = retries.retries(frames.retries, frames.seconds, behind, limits)
        figure = figure_of(panels, f"{key}-retries", "Retries per second and attempts per call over time")
        yield Section("Retries and amplification", figure=figure)
    if len(frames.pulled):
        yield Section("Levers in this run", table=table_of(lever_table(frames.pulled)))
    if found := notes(record.folder):
        rows = tuple((f"{note.at_s:g} s", note.text) for note in found)
        yield Section("Notes", table=Table(("At", "Note"), rows))
    yield from _slowest(record, key)
    if len(frames.served):
        yield Section("Measured at the upstream", upstream.upstream_sentence(frames.served))


def _rollout(record: Record, frames: RunFrames, behind: Backdrop, key: str) -> Iterator[Section]:
    if frames.rollout is None or record.run.rollout is None:
        return
    panels = rollout.rollout(frames.rollout, behind)
    description = "The new policy's share, the evidence for each decision, and bad calls, over time"
    figure = figure_of(panels, key, description) if panels else None
    said = f"{rollout.rollout_sentence(frames.rollout)} {rollout.plan_sentence(record.run.rollout.plan)}"
    yield Section("Rollout", said, figure=figure)


def _shadow(record: Record, frames: RunFrames, behind: Backdrop, key: str) -> Iterator[Section]:
    if frames.shadow is None or record.run.rollout is None:
        return
    panels = shadow.shadow(frames.shadow, behind)
    description = "Evidence for and against a difference, and responses that differed, over time"
    figure = figure_of(panels, key, description) if panels else None
    settings = shadow.settings_sentence(record.run.rollout.plan.shadow)
    table = table_of(field_table(frames.shadow.result)) if frames.shadow.result.fields else None
    yield Section("Shadow", f"{shadow.shadow_sentence(frames.shadow)} {settings}", table=table, figure=figure)


def _traffic(frames: RunFrames, slo: Slo, behind: Backdrop, key: str) -> Section:
    panels = traffic.traffic(frames.seconds, behind, limits_of(slo, "latency"), limits_of(slo, "error"))
    description = "Calls per second, share of calls that failed, and latency percentiles over time"
    return Section(figure=figure_of(panels, key, description))


def _service(frames: RunFrames, behind: Backdrop, key: str) -> Iterator[Section]:
    if len(frames.service):
        panels = service_usage.service_usage(frames.service, behind)
        figure = figure_of(panels, key, "Cores and memory that the service's processes used, over time")
        yield Section(
            "The service's processes", service_usage.service_sentence(frames.service), figure=figure
        )


def _pool(frames: RunFrames, behind: Backdrop, key: str) -> Section:
    figure = None
    if len(frames.pool):
        figure = figure_of([pool.pool(frames.pool, behind)], key, "Connections and waiting callers over time")
    return Section("Connection pool", pool.pool_sentence(frames.pool), figure=figure)


def _guards(frames: RunFrames, behind: Backdrop, key: str) -> Section:
    figure = None
    if frames.guards.sampled:
        panels = guards.guards(frames.guards, behind)
        figure = figure_of(panels, key, "States of the policy's guards over time")
    return Section("The policy's guards", guards.guards_sentence(frames.guards), figure=figure)


def _slowest(record: Record, key: str) -> Iterator[Section]:
    """The waterfalls of the slowest calls."""
    store = CallStore(record.folder)
    yield Section("The slowest calls", "Each waterfall begins at the scheduled start of its call.")
    for row in store.page(CallQuery(size=SLOWEST_SHOWN)).rows:
        if (traced := store.call(row.arrival, row.step)) is not None:
            call, found = traced.call, waterfall(traced)
            active = since(record.table("events"), call.scheduled_s, call.ended_s)
            said = [f"Call {row.key}: {call_sentence(call, found, traced.attempts_made)}"]
            chart = waterfall_chart(found, active, LIGHT)
            figure = figure_of(
                [chart], f"{key}-call-{row.arrival}-{row.step}", f"Waits and attempts of call {row.key}"
            )
            yield Section(
                sentence=" ".join([*said, *active_sentences(active, shown_until_s(found)), *found.missing]),
                figure=figure,
            )
