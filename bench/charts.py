"""Draws docs/performance/*.svg from the series in docs/performance/*.json.

Files that are named are copied there first, so that what was drawn is kept beside the drawings.
"""

import json
import shutil
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

FOLDER = Path(__file__).parents[1] / "docs" / "performance"

# Told apart by eyes that see no red or no green (Okabe and Ito, 2008).
COLOURS = ("#0072B2", "#D55E00", "#009E73")
LINEAR = {"qubits", "s", "MiB"}

Json = dict[str, Any]


def main() -> None:
    """Draws every chart of the data."""
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:]:
        shutil.copy(name, FOLDER)
    charts: dict[str, list[Json]] = defaultdict(list)
    for data in sorted(FOLDER.glob("*.json")):
        for line in json.loads(data.read_text()):
            charts[line["chart"]].append(line)
    mpl.rcParams |= {"svg.hashsalt": "qdm", "svg.fonttype": "none", "font.family": "sans-serif"}
    for name, lines in charts.items():
        _draw(lines).savefig(FOLDER / f"{name}.svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
        print(f"docs/performance/{name}.svg")


def _draw(lines: Sequence[Json]) -> Figure:
    figure = Figure(figsize=(6, 3.2), facecolor="white")
    axes = figure.add_subplot()
    for line, colour in zip(lines, COLOURS, strict=False):
        xs, ys = zip(*line["points"], strict=True)
        axes.plot(xs, ys, color=colour, marker="o", markersize=3, linewidth=1.5, label=line["name"])
    first = lines[0]
    axes.set_xlabel(first["x"])
    axes.set_ylabel(first["y"])
    if first["x"] not in LINEAR:
        axes.set_xscale("log")
    if first["y"] in LINEAR:
        axes.set_ylim(bottom=0)
    else:
        axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize="small")
    return figure


if __name__ == "__main__":
    main()
