"""The public names with their types, as a user's type checker sees them. mypy checks this file; nothing runs it."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

import requests

import surgeline


def sessions(policy: surgeline.Policy) -> None:
    assert_type(surgeline.session(policy), requests.Session)
    assert_type(surgeline.session("careful"), requests.Session)
    assert_type(surgeline.session(Path("policies/orders.toml")), requests.Session)

    assert_type(surgeline.session("orders.toml", reload=True, audit="changes.jsonl"), requests.Session)


def rollouts(policy: surgeline.Policy, plan: surgeline.RolloutPlan) -> None:
    assert_type(surgeline.canary(policy, "new.toml", share=0.05), requests.Session)
    assert_type(
        surgeline.canary(
            "old.toml", policy, plan=plan, key=lambda request: str(request.url), shared="rollout"
        ),
        requests.Session,
    )


def shadows(policy: surgeline.Policy) -> None:
    session = surgeline.shadow("old.toml", policy, 0.1, headers=["ETag"], ignored=["items.*.id"])
    assert_type(session, requests.Session)
    assert_type(surgeline.shadow_counts(session).differs, bool)


def metrics_of_a_service(session: requests.Session) -> None:
    service = surgeline.instrument(session)
    surgeline.instrument(session, service)
    surgeline.instrument(session, route=lambda request: f"{request.method} orders")
    exporter = surgeline.export(service, port=9464, service="orders", thresholds=["p99(latency) < 250ms"])
    assert_type(exporter.port, int)
    surgeline.export(service, journal=Path("orders.jsonl"), journal_share=0.1, journal_bytes=10_000_000)


def experiments(policy: surgeline.Policy) -> None:
    record = surgeline.run("baseline", policy, seed=3, settings=["scenario.drain_s=2"])
    assert_type(record, surgeline.Record)
    comparison, records = surgeline.compare("baseline", ["textbook", policy], seeds=[1, 2])
    assert_type(comparison, surgeline.Comparison)
    assert_type(records, list[surgeline.Record])


def nouns(record: surgeline.Record, measurement: surgeline.Measurement, call: surgeline.Call) -> None:
    assert_type(record.run, surgeline.Run)
    assert_type(record.run.policy, surgeline.Policy)
    assert_type(record.run.scenario, surgeline.Scenario)
    assert_type(record.run.scenario.slo, surgeline.Slo)
    assert_type(record.run.upstream, surgeline.Profile)
    assert_type(measurement.value, float | None)
    assert_type(measurement.low, float | None)
    assert_type(call.attempts, list[surgeline.Attempt])
    assert_type(call.outcome, surgeline.Outcome)


def errors(error: surgeline.SurgelineError) -> tuple[str, str, str]:
    return error.place, error.key, error.problem


def every_error_is_one_of_ours() -> None:
    of_ours: list[type[surgeline.SurgelineError]] = [
        surgeline.ConfigError,
        surgeline.MachineError,
        surgeline.PrometheusError,
        surgeline.RecordError,
        surgeline.TargetError,
    ]
    of_records: list[type[surgeline.RecordError]] = [surgeline.NewerSchemaError, surgeline.NotFoundError]
    assert of_ours
    assert of_records


def ranges(found: surgeline.OperatingRange, rehearsal: surgeline.Rehearsal) -> None:
    assert_type(found.load_seconds, float)
    assert_type(rehearsal.policy, str)
