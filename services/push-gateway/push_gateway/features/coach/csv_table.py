"""The coach's figures as a CSV file. Pure."""

from push_gateway.features.coach.report import Figures, Report
from push_gateway.http import csv_file

HEAD = ("from", "to", "operator", "answers", "median_seconds", "within_5_minutes_percent")
EVERY_OPERATOR, AVITO_APP = "(all)", "(Avito app)"


def write(report: Report) -> bytes:
    """Return the file: a row for each period and each operator in it."""
    rows: list[tuple[str | int, ...]] = [HEAD]
    for period in report.periods:
        span = (period.first.isoformat(), period.last.isoformat())
        rows.append((*span, EVERY_OPERATOR, *_cells(period.all)))
        for operator, figures in period.operators.items():
            rows.append((*span, AVITO_APP if operator is None else operator, *_cells(figures)))
    return csv_file.write(rows)


def _cells(figures: Figures) -> tuple[int, str, str]:
    share = figures.share
    middle = "" if figures.median_s is None else f"{figures.median_s:.0f}"
    return figures.count, middle, "" if share is None else f"{100 * share:.0f}"
