"""Plots of the results as small SVG files. Pure."""

from collections.abc import Mapping, Sequence
from html import escape
from math import log10

from bench.result import Result, Target

_WIDTH = 860
_STYLE = (
    "<style>text{font:13px system-ui,sans-serif;fill:#24292f}.t{font-size:16px;font-weight:600}"
    ".s{fill:#57606a;font-size:12px}</style>"
)
_GOOD, _BAD, _SECOND, _LINE = "#2f7d5b", "#c4572b", "#8aa4b8", "#d0d7de"
_MOST = 4.0

Points = Sequence[tuple[float, float]]
Series = Mapping[str, Points]


def reached(results: Sequence[Result]) -> str:
    """Return one bar per target: right of the line it is beyond its bound, left of it short of it."""
    rows = [(result.title, target) for result in results for target in result.targets if target.bound]
    height = 70 + 26 * len(rows)
    parts = [_open(height), _text(20, 28, "How far beyond each target (1 = exactly reached)", "t")]
    left, scale = 430, 330 / _MOST
    for number, (title, target) in enumerate(rows):
        top = 48 + 26 * number
        parts.append(_text(20, top + 14, f"{title}: {target.promise}"[:64]))
        parts.append(_bar(left, top, min(_MOST, target.share) * scale, _GOOD if target.met else _BAD))
        parts.append(_text(left + min(_MOST, target.share) * scale + 6, top + 14, _figure(target), "s"))
    parts.append(_rule(left + scale, 42, height - 16))
    return _close(parts)


def latency(series: Series, names: Sequence[str]) -> str:
    """Return p50 and p99 of ours and of the baseline at each load, on a logarithmic scale."""
    rows = [(who, names[int(x)], y) for who, points in series.items() for x, y in points]
    rows.sort(key=lambda row: names.index(row[1]))
    height = 70 + 26 * len(rows)
    parts = [_open(height), _text(20, 28, "POST → WebSocket frame, milliseconds (logarithmic)", "t")]
    for number, (who, pace, y) in enumerate(rows):
        top = 48 + 26 * number
        width = 440 * log10(1 + y) / 4
        parts.append(_text(20, top + 14, f"{pace}: {who}"))
        parts.append(_bar(290, top, width, _GOOD if who.startswith("Avito") else _SECOND))
        parts.append(_text(290 + width + 6, top + 14, f"{y:,.1f} ms", "s"))
    return _close(parts)


def growth(series: Series) -> str:
    """Return the cost of a commit by the size of the read model, on a logarithmic scale."""
    top = max((y for points in series.values() for _, y in points), default=1.0) * 1.25
    decades = max((log10(x) for points in series.values() for x, _ in points), default=1.0) or 1.0
    parts = [_open(340), _text(20, 28, "Redis' µs for one commit, by the size of the read model", "t")]
    for mark in range(int(decades) + 1):
        x = 70 + mark / decades * 700
        parts += [_rule(x, 50, 290), _text(x - 10, 310, f"{10**mark:,}", "s")]
    parts += [_text(20, 290, "0", "s"), _text(20, 60, f"{top:.0f}", "s")]
    for (name, points), colour in zip(series.items(), (_GOOD, _BAD), strict=False):
        places = [(70 + log10(x) / decades * 700, 290 - y / top * 235) for x, y in points]
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y in places)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts += [f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3.5" fill="{colour}"/>' for x, y in places]
        parts.append(_text(places[-1][0] - 30, places[-1][1] - 10, name))
    return _close(parts)


def _figure(target: Target) -> str:
    word = "≥" if target.at_least else "≤"
    return f"{target.reached:,.3g}{target.unit} ({word} {target.bound:,g}{target.unit})"


def _open(height: float) -> str:
    size = f'viewBox="0 0 {_WIDTH} {height:.0f}" width="{_WIDTH}" height="{height:.0f}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">{_STYLE}'
        f'<rect width="100%" height="100%" fill="#fff"/>'
    )


def _close(parts: list[str]) -> str:
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}">{escape(words)}</text>'


def _bar(x: float, y: float, width: float, colour: str) -> str:
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{max(1, width):.0f}" height="18" rx="3" fill="{colour}"/>'


def _rule(x: float, top: float, bottom: float) -> str:
    ends = f'x1="{x:.0f}" y1="{top:.0f}" x2="{x:.0f}" y2="{bottom:.0f}"'
    return f'<line {ends} stroke="{_LINE}" stroke-width="1.5"/>'
