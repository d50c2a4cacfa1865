"""Who owns the files of a plan, when they are reviewed, and what has to be done about them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from harness.inputs.file_reviews import review_of
from harness.model.policy import Policy
from harness.model.scenario import Scenario

COLUMNS = ["File", "Owner", "Review by", "To do"]


def review_rows(files: Iterable[Policy | Scenario], today: date) -> list[list[str]]:
    """A row for each file, with the columns of `COLUMNS`; the last one is empty where nothing is to be done."""
    return [_row(each, today) for each in files]


def _row(file: Policy | Scenario, today: date) -> list[str]:
    kind = "policy" if isinstance(file, Policy) else "scenario"
    owner = (
        "–"
        if file.owner is None
        else " ".join(part for part in (file.owner.team, file.owner.contact) if part)
    )
    review = "–" if file.review_by is None else file.review_by.isoformat()
    problems = "; ".join(each.problem for each in review_of(file.name, file, today))
    return [f"{kind} {file.name}", owner, review, problems]
