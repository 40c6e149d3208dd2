import io

import pytest
from rich.console import Console

from qdm_cli.histogram import bar, histogram, histogram_table


def drawn(counts: dict[str, int], *, width: int = 60, most: int = 32, plain: bool = False) -> list[str]:
    console = Console(file=io.StringIO(), width=width, markup=False, highlight=False)
    console.print(histogram_table(histogram(counts, most=most), width=width, plain=plain))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_outcomes_are_sorted_by_bitstring_with_bars_and_percent() -> None:
    assert drawn({"11": 256, "00": 768}, width=34) == [
        "00  ████████████████  768  75.0 %",
        "11  █████▍            256  25.0 %",
    ]


def test_a_terminal_without_unicode_gets_ascii_bars() -> None:
    assert drawn({"0": 1, "1": 1}, width=27, plain=True) == [
        "0  ############  1  50.0 %",
        "1  ############  1  50.0 %",
    ]


@pytest.mark.parametrize(
    ("fraction", "expected"), [(0, ""), (0.001, ""), (1 / 16, "▌"), (0.5, "████"), (0.51, "████▏"), (1, "████████")]
)
def test_a_bar_is_as_long_as_its_share(fraction: float, expected: str) -> None:
    assert bar(fraction, 8) == expected


def test_the_rarest_outcomes_are_cut_with_a_note() -> None:
    counts = {f"{i:03b}": 10 + i for i in range(8)}
    shown = histogram(counts, most=3)
    assert [row.bitstring for row in shown.rows] == ["101", "110", "111"]
    assert (shown.hidden_outcomes, shown.hidden_shots) == (5, 10 + 11 + 12 + 13 + 14)
    assert drawn(counts, most=3)[-1] == "and 5 rarer outcomes with 60 shots"


def test_shares_are_of_all_shots_also_where_outcomes_are_cut() -> None:
    (row,) = histogram({"0": 3, "1": 1}, most=1).rows
    assert (row.share, row.bar) == (0.75, 1.0)


def test_no_line_is_wider_than_the_terminal() -> None:
    lines = drawn({"01" * 40: 3, "10" * 40: 1}, width=60)
    assert max(map(len, lines)) <= 60
    assert lines[0].endswith("75.0 %")


def test_no_counts_give_no_rows() -> None:
    assert histogram({}).rows == ()
    assert drawn({}) == []
