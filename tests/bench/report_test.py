"""report_test.py: the verdicts, spreads and targets of the benchmark's table, and --only with an unknown group."""

import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import report


def row(value, low, high, at_least=None, at_most=None, unit=""):
    return {"figure": "x", "value": value, "low": low, "high": high, "at_least": at_least, "at_most": at_most, "unit": unit}


# (row, rounds, target, spread, verdict)
CASES = [
    (row(1.0, 0.9, 1.1, at_least=0.8), 5, "≥ 0.8", "0.900 – 1.100", "yes"),
    (row(1.0, 0.9, 1.1, at_least=1.2), 5, "≥ 1.2", "0.900 – 1.100", "NO"),
    (row(1.0, 0.9, 1.1, at_least=0.95), 5, "≥ 0.95", "0.900 – 1.100", "undecided"),
    (row(1.0, 0.9, 1.1, at_most=1.05), 5, "≤ 1.05", "0.900 – 1.100", "undecided"),
    (row(1.0, 0.9, 1.1, at_least=0.8), 4, "≥ 0.8", "0.900 – 1.100", ""),
    (row(1.0, 0.9, 1.1, at_least=0.8), 2, "≥ 0.8", "", ""),
    (row(470, 470, 470, at_most=600, unit=" KB"), 1, "≤ 600 KB", "470 – 470", "yes"),
    (row(0.8, 0.7, 0.9, at_most=0.5, unit=" MB"), 5, "≤ 0.5 MB", "0.700 – 0.900", "NO"),
    (row(1.0, 0.9, 1.1), 5, "", "0.900 – 1.100", ""),
]


def main():
    for case, rounds, target, spread, verdict in CASES:
        found = (report.target(case), report.spread(case, rounds), report.met(case, rounds))
        assert found == (target, spread, verdict), (case, rounds, found)
    command = [sys.executable, "-B", Path(__file__).with_name("bench.py"), ".", "--only", "nonsense"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2 and "the groups are: unary-1, " in refused.stderr, refused
    print(f"{len(CASES) + 1} passed, 0 failed")
    return 0


sys.exit(main())
