"""The pictures of docs/performance.md, by matplotlib (dependency group `bench`)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

mpl.use("svg")


def draw(path: Path, title: str, series: Mapping[str, Sequence[tuple[float, float]]], y_scale: str) -> None:
    """Write an SVG with a line for each series; `y_scale` is "log" or "linear", x is logarithmic."""
    _, axes = plt.subplots(figsize=(8, 4), layout="constrained")
    for name, points in series.items():
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.set_title(title, loc="left")
    axes.set_xscale("log")
    axes.set_yscale(y_scale)
    if y_scale == "linear":
        axes.set_ylim(bottom=0)
    axes.legend()
    mpl.rcParams["svg.fonttype"] = "none"  # text stays text
    mpl.rcParams["svg.hashsalt"] = path.name  # the same figures make the same file
    plt.savefig(path, metadata={"Date": None})
    plt.close()
