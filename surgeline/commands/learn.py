"""`surgeline learn`: an upstream and a scenario from what production saw, or a drill from an incident."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.inputs.written_folder import write_folder
from harness.model.errors import ConfigError
from harness.observe.prometheus_api import Prometheus
from surgeline.commands.options import Json
from surgeline.render.console import print_json

if TYPE_CHECKING:
    from harness.learn.second_source import SecondSource
    from harness.model.learned import Learned

PAGE, INCIDENT_PAGE, HAR_SUFFIX = "learned.md", "incident.md", ".har"


Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="FILE", help="Journals, access logs or spans, the oldest first; or one .har."),
]
Out = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="The folder for the files.")]
Format = Annotated[str, typer.Option(help="The access log's format, as the server's configuration has it.")]
Beside = Annotated[
    list[str],
    typer.Option(
        metavar="FILE|URL",
        help="A second source of the same server's requests, which shows hidden traffic: files, or a Prometheus.",
    ),
]
AllowGaps = Annotated[
    bool, typer.Option("--allow-gaps", help="Nobody called when the log is silent; nothing is missing.")
]
IncidentTime = Annotated[
    str,
    typer.Option(
        metavar="START/END", help="Learn an incident instead, such as 2026-11-03T14:00/14:40 (UTC)."
    ),
]
PrometheusUrl = Annotated[
    str, typer.Option(metavar="URL", help="The Prometheus of --range, or the one that saw the incident.")
]
TimeRange = Annotated[
    str,
    typer.Option("--range", metavar="START/END", help="Learn from --prometheus what it saw in this time."),
]
Metric = Annotated[
    str,
    typer.Option(
        metavar="SELECTOR",
        help="The histogram to learn from, or the counter of --beside URL; --service's calls without it.",
    ),
]
Host = Annotated[
    str, typer.Option(metavar="HOST", help="The host of a .har's requests; the most frequent one else.")
]
ServiceName = Annotated[str, typer.Option(help="The service's name, as given to surgeline.export.")]


def learn(
    files: Files = None,
    out: Out = Path("learned"),
    log_format: Format = "",
    beside: Beside = [],
    allow_gaps: AllowGaps = False,
    incident: IncidentTime = "",
    prometheus: PrometheusUrl = "",
    time_range: TimeRange = "",
    metric: Metric = "",
    service: ServiceName = "service",
    host: Host = "",
    as_json: Json = False,
) -> None:
    """Estimates an upstream, arrivals and routes from what production saw, and says what cannot be known.

    With --range and --prometheus it learns from metrics. With --incident and --prometheus it writes a scenario that
    replays an incident.
    """
    if incident or time_range or prometheus:
        if files or bool(incident) == bool(time_range) or not prometheus:
            raise ConfigError("learn", "--prometheus", "needs either --range or --incident, and no files")
        if incident:
            _learn_incident(incident, prometheus, service, out, as_json=as_json)
        else:
            _learn_range(time_range, prometheus, metric, service, out, as_json=as_json)
    elif not files:
        problem = "is missing; give a journal or an access log, or --prometheus with --range or --incident"
        raise ConfigError("learn", "FILE", problem)
    elif any(file.suffix == HAR_SUFFIX for file in files):
        if len(files) > 1 or beside:
            raise ConfigError(
                "learn", "FILE", "must be one .har alone; a HAR is one visit, with no second source"
            )
        _learn_visit(files[0], host, out, as_json=as_json)
    else:
        second = _second_source(beside, metric, service, log_format)
        _learn_files(files, log_format, second, out, allow_gaps=allow_gaps, as_json=as_json)


def _second_source(beside: list[str], metric: str, service: str, log_format: str) -> SecondSource | None:
    from harness.learn.counter_steps import Selector
    from harness.learn.scraped_traffic import of_service
    from harness.learn.second_source import SecondCounter, SecondFiles

    urls = [each for each in beside if "://" in each]
    if not urls:
        return SecondFiles([Path(each) for each in beside], log_format) if beside else None
    if len(beside) > 1:
        raise ConfigError("learn", "--beside", "must be files, or one URL of a Prometheus alone")
    return SecondCounter(Prometheus(urls[0]), Selector.parsed(metric) if metric else of_service(service))


def _learn_files(
    files: list[Path],
    log_format: str,
    beside: SecondSource | None,
    folder: Path,
    *,
    allow_gaps: bool,
    as_json: bool,
) -> None:
    from harness.learn.estimate import learn as estimated

    _show(estimated(files, log_format, beside=beside, allow_gaps=allow_gaps), folder, as_json=as_json)


def _learn_range(window: str, url: str, metric: str, service: str, folder: Path, *, as_json: bool) -> None:
    from harness.learn.counter_steps import Selector
    from harness.learn.scraped_estimate import learn_scraped
    from harness.learn.scraped_traffic import of_service

    start_s, end_s = time_window(window, "--range")
    chosen = Selector.parsed(metric) if metric else of_service(service)
    _show(learn_scraped(Prometheus(url), chosen, start_s, end_s), folder, as_json=as_json)


def _show(found: Learned, folder: Path, *, as_json: bool) -> None:
    from dashboard.report.learned_plots import learned_plots
    from harness.learn.written_files import written_texts
    from surgeline.render.learned import learned_page, show_learned

    plots = learned_plots(found)
    page = learned_page(found, {title: name for title, (name, _) in plots.items()})
    written = write_folder(folder, {**written_texts(found), PAGE: page, **dict(plots.values())})
    if as_json:
        print_json({**found.model_dump(exclude={"arrivals": {"times_s"}}), "written": written})
    else:
        show_learned(found, written)


def _learn_visit(file: Path, host: str, folder: Path, *, as_json: bool) -> None:
    from harness.learn.har import learned_visit
    from harness.learn.visit_files import visit_texts
    from surgeline.render.visit import show_visit, visit_page

    found = learned_visit(file, host)
    written = write_folder(folder, {**visit_texts(found), PAGE: visit_page(found)})
    if as_json:
        print_json({**found.model_dump(), "written": written})
    else:
        show_visit(found, written)


def _learn_incident(window: str, url: str, service: str, folder: Path, *, as_json: bool) -> None:
    from harness.learn.incident import incident_of
    from harness.learn.incident_files import drill_texts
    from harness.learn.scraped_service import scraped_service
    from surgeline.render.incident import incident_page, show_incident

    start_s, end_s = time_window(window, "--incident")
    found = incident_of(scraped_service(Prometheus(url), service, start_s, end_s), service)
    written = write_folder(folder, {**drill_texts(found), INCIDENT_PAGE: incident_page(found)})
    if as_json:
        print_json({**found.model_dump(), "written": written})
    else:
        show_incident(found, written)


def time_window(text: str, option: str) -> tuple[float, float]:
    """Unix seconds of `2026-11-03T14:00/14:40`; a time without a zone is UTC, an end may lack its date.

    Raises ConfigError, which names the option.
    """
    begin, _, end = text.partition("/")
    try:
        start = _moment(begin)
        stop = _moment(end if "T" in end else f"{begin.partition('T')[0]}T{end}")
    except ValueError:
        raise ConfigError(option, text, "must be START/END, such as 2026-11-03T14:00/14:40") from None
    if stop <= start:
        raise ConfigError(option, text, "ends before it starts")
    return start.timestamp(), stop.timestamp()


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
