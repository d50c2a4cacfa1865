"""Answers that contradict each other: each pair is one sentence, and no advice follows from them."""

from __future__ import annotations

from collections.abc import Iterator

from harness.model.answers import Answers, KnownUpstream

SAFE = ("GET", "HEAD", "OPTIONS")
NEED_A_KEY = ("POST", "PATCH")


def contradictions(answers: Answers) -> list[str]:
    """One sentence for each contradiction, with the keys and the remedy; empty when there is none."""
    return [
        *_of_repetition(answers),
        *_of_load(answers),
        *_of_upstream(answers.upstream),
        *_of_review(answers),
    ]


def _of_repetition(answers: Answers) -> Iterator[str]:
    method, key = answers.method, answers.idempotency_key
    if answers.idempotent and method in NEED_A_KEY and key is None:
        yield (
            f"idempotent is true and method is {method} without idempotency_key, so that a repeated request would be "
            "executed twice; name the header in idempotency_key, or set idempotent = false"
        )
    if not answers.idempotent and method not in NEED_A_KEY:
        yield (
            f"idempotent is false and method is {method}, which is idempotent by definition (RFC 9110, 9.2.2); "
            "set idempotent = true, or give the method that is really sent"
        )
    if not answers.idempotent and key is not None:
        yield "idempotent is false and idempotency_key is set; set idempotent = true, or remove idempotency_key"
    if key is not None and method not in NEED_A_KEY:
        yield f"idempotency_key is set and method is {method}, which needs none; remove idempotency_key"


def _of_load(answers: Answers) -> Iterator[str]:
    if answers.burstiness == "steady" and (answers.burst_factor or 1.0) > 1.0:
        yield (
            f'burstiness is "steady" and burst_factor is {answers.burst_factor:g}; '
            'set burstiness = "bursty", or remove burst_factor'
        )
    if answers.burstiness == "bursty" and answers.burst_factor == 1.0:
        yield 'burstiness is "bursty" and burst_factor is 1; set burstiness = "steady", or a larger burst_factor'


def _of_upstream(known: KnownUpstream) -> Iterator[str]:
    if known.median_s is not None and known.p99_s is not None and known.p99_s < known.median_s:
        yield (
            f"upstream.p99_s is {known.p99_s:g} and upstream.median_s is {known.median_s:g}, "
            "and a p99 is never below its median; correct one of them"
        )
    written = [
        name
        for name in ("workers", "median_s", "p99_s", "errors")
        if getattr(known, name) is not None and known.learned is not None
    ]
    for name in written:
        yield f"upstream.learned and upstream.{name} are both set, and are two sources of one value; remove one"


def _of_review(answers: Answers) -> Iterator[str]:
    if answers.compliance and answers.owner is None:
        yield "compliance is true and there is no owner, whom an auditor would ask; add [owner] with team"
    if answers.compliance and answers.review_by is None:
        yield "compliance is true and there is no review_by, so that no review is planned; add review_by"
