"""Counts as a histogram for people: bars and percent, sorted by bitstring."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.table import Table

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_MOST_ROWS = 32
_WIDEST_BAR = 50
_NARROWEST_BAR = 8
_GAP = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One outcome; ``share`` is of all shots, ``bar`` of the most frequent outcome, both 0 to 1."""

    bitstring: str
    count: int
    share: float
    bar: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """The outcomes shown, and how many others with how many shots are not."""

    rows: tuple[Row, ...]
    hidden_outcomes: int
    hidden_shots: int


def histogram(counts: Mapping[str, int], *, most: int = _MOST_ROWS) -> Histogram:
    """Returns the ``most`` frequent outcomes, sorted by bitstring."""
    shots = sum(counts.values())
    frequent = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown, hidden = frequent[:most], frequent[most:]
    rows = tuple(Row(bits, count, count / shots, count / shown[0][1]) for bits, count in sorted(shown))
    return Histogram(rows, len(hidden), sum(count for _, count in hidden))


def bar(fraction: float, width: int, *, plain: bool = False) -> str:
    """Returns a bar of at most ``width`` characters; ``plain`` for terminals that know ASCII only."""
    if plain:
        return "#" * round(fraction * width)
    whole, eighth = divmod(round(fraction * width * 8), 8)
    return "█" * whole + _EIGHTHS[eighth].strip()


def histogram_table(shown: Histogram, *, width: int, plain: bool) -> Table:
    """Returns the histogram as a table of at most ``width`` characters, with a note on what is left out."""
    bits = max((len(row.bitstring) for row in shown.rows), default=0)
    digits = max((len(str(row.count)) for row in shown.rows), default=0)
    free = width - digits - len("100.0 %") - 3 * _GAP
    room = max(_NARROWEST_BAR, min(_WIDEST_BAR, free - bits))
    note = (
        f"and {shown.hidden_outcomes} rarer outcomes with {shown.hidden_shots} shots" if shown.hidden_outcomes else None
    )
    table = Table.grid(padding=(0, _GAP, 0, 0))
    table.caption, table.caption_justify = note, "left"
    table.add_column(no_wrap=True, overflow="ellipsis", max_width=max(1, free - room))
    table.add_column(no_wrap=True, width=room, style="cyan")
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True, justify="right")
    for row in shown.rows:
        table.add_row(
            row.bitstring, bar(row.bar, room, plain=plain), str(row.count), f"{row.share:.1%}".replace("%", " %")
        )
    return table
