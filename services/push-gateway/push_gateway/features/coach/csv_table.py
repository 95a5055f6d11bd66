"""The coach's figures as a CSV file. Pure."""

import csv
import io

from push_gateway.features.coach.report import Figures, Report
from push_gateway.http.csv_cells import escape_cell

HEAD = ("from", "to", "operator", "answers", "median_seconds", "within_5_minutes_percent")
EVERY_OPERATOR, AVITO_APP = "(all)", "(Avito app)"


def write(report: Report) -> bytes:
    """Return the file as Excel opens it (BOM, `;`): a row for each period and each operator in it."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow(HEAD)
    for period in report.periods:
        span = (period.first.isoformat(), period.last.isoformat())
        rows.writerow((*span, EVERY_OPERATOR, *_cells(period.all)))
        for operator, figures in period.operators.items():
            rows.writerow((*span, AVITO_APP if operator is None else escape_cell(operator), *_cells(figures)))
    return out.getvalue().encode("utf-8-sig")


def _cells(figures: Figures) -> tuple[int, str, str]:
    share = figures.share
    middle = "" if figures.median_s is None else f"{figures.median_s:.0f}"
    return figures.count, middle, "" if share is None else f"{100 * share:.0f}"
