"""Measures what a caller waits for, against what the caller would otherwise do, in the same run.

``python bench/run.py`` prints a table of medians with their targets, and writes the rows to build/bench.json as a list
of {name, unit, ours, peer, peer_value, ratio}; a ratio is the peer's value over ours, so that more is better.
"""

from circuit_rows import DEVICE, circuit_rows
from measure import told, write
from path_rows import NULL, path_rows
from processes import running


def main() -> None:
    """Measures all rows, telling each as it is known."""
    print(f"{'':20} {'ours':>13} {'peer':>13} {'peer/ours':>9}")
    rows = []
    with running({DEVICE: "simulator", NULL: "null"}) as fleet:
        for measured in (path_rows, circuit_rows):
            for line in measured(fleet):
                rows.append(line)
                print(told(line), flush=True)
    write(rows, "bench.json")


if __name__ == "__main__":
    main()
