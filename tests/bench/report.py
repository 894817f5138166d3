"""The results as text, as Markdown, and as a part of docs/performance.md."""

import datetime
import os
import platform
import re
from pathlib import Path

import figures
import plot

DOCS = Path(__file__).resolve().parents[2] / "docs"


def machine():
    """The machine in one line."""
    names = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]
    return f"{len(os.sched_getaffinity(0))} cores of {names[0] if names else platform.machine()}, Linux {platform.release()}"


# With fewer rounds the quartiles say nothing, so that there is no verdict.
ROUNDS_OF_VERDICT = 5
# A load average above this at the start means that other programs run.
IDLE_LOAD = 1
GLOSSARY = """pluck loop: a thread waits for its own call in the completion queue, without a second thread
unary: a call with one request and one response
bare core: a client that uses the C core of gRPC directly
batch: operations of a call that gRPC begins together
buffered exec: a command whose whole output is the result of one call
contract: the generated code of the messages and RPCs of the service
window: how many bytes gRPC lets the server send before the client confirms them
manual dispatch: the program runs the callbacks, instead of the core thread
undecided: the target lies between the quartiles; without a verdict: no target, or fewer than 5 rounds
A figure is the median of the ratios of the rounds. If a series has two modes (wide quartiles), it differs from the ratio of the medians."""


def met(row, rounds):
    """The verdict. A row with a single value, as a size, has no spread: its verdict needs no rounds."""
    if row["at_least"] is None and row["at_most"] is None:
        return ""
    target = row["at_least"] if row["at_least"] is not None else row["at_most"]
    low, high = (row["low"], row["high"]) if row.get("low") is not None else (row["value"], row["value"])
    if low != high:
        if rounds < ROUNDS_OF_VERDICT:
            return ""
        if low < target < high:
            return "undecided"
    return "yes" if (row["value"] >= target if row["at_least"] is not None else row["value"] <= target) else "NO"


def number(value):
    """Three significant digits, with separators of thousands."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) >= 10 else f"{value:.3f}"


def target(row):
    unit = row.get("unit", "")
    if row["at_least"] is not None:
        return f"≥ {row['at_least']:g}{unit}"
    return f"≤ {row['at_most']:g}{unit}" if row["at_most"] is not None else ""


def spread(row, rounds):
    """The quartiles, or with fewer than 4 rounds nothing: quartiles of two or three values are the values."""
    if row.get("low") is None or row["low"] != row["high"] and rounds < 4:
        return ""
    return f"{number(row['low'])} – {number(row['high'])}"


def figure_cells(row, rounds):
    return [row["figure"], target(row), number(row["value"]) + row.get("unit", ""), spread(row, rounds), met(row, rounds),
            number(row.get("cpu_ratio")), f"{row['server_busy']:.0%}" if "server_busy" in row else ""]


FIGURE_HEAD = ["figure", "target", "measured", "quartiles", "met", "CPU ratio", "server busy"]
SERIES_HEAD = ["series", "operations/s", "quartiles", "MB/s", "CPU µs per operation", "server CPU µs", "server busy"]


def series_cells(name, summary, rounds):
    rate, stream = summary["operations_per_s"], summary["bytes_per_s"]["median"]
    return [name, number(rate["median"]), spread(rate, rounds),
            number(stream / 1e6) if stream else "", number(summary["cpu_us"]["median"]),
            number(summary["server_cpu_us"]["median"]), f"{summary['server_busy']['median']:.0%}"]


def plain(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(row, widths))) for row in rows)


def text(result):
    """All tables for a terminal."""
    rounds = result["rounds"]
    parts = [f"{result['machine']}; {rounds} rounds; load average at the start: {result['load_average']:.2f}"]
    if result["load_average"] > IDLE_LOAD:
        parts.append("warning: the machine was not idle at the start: compare the ratios of CPU time only")
    if result["figures"]:
        parts.append(plain([FIGURE_HEAD, *(figure_cells(row, result["rounds"]) for row in result["figures"])]))
    for group, series in result["series"].items():
        parts.append(f"{group}\n" + plain([SERIES_HEAD, *(series_cells(*item, result["rounds"]) for item in series.items())]))
    return "\n\n".join([*parts, GLOSSARY])


# ---- docs/performance.md ----


def markdown(rows):
    head, *others = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [head, ["---", *("---:" for _ in head[1:])], *others]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def plotted(group, series):
    """{name: quantity} in the unit of the plot."""
    unit = figures.TITLES[group][1]
    key, scale = ("bytes_per_s", 1e-6) if unit == "MB/s" else ("operations_per_s", 1)
    return {name: {part: value * scale for part, value in summary[key].items()} for name, summary in series.items()}


def write_plots(result):
    """Writes docs/performance/GROUP.svg, and returns the Markdown that shows the plots."""
    directory = DOCS / "performance"
    directory.mkdir(exist_ok=True)
    parts = []
    for group, series in result["series"].items():
        title, unit = figures.TITLES[group]
        (directory / f"{group}.svg").write_text(plot.bars(title, unit, plotted(group, series)))
        parts += [f"### {title}", f"![{title}](performance/{group}.svg)",
                  markdown([SERIES_HEAD, *(series_cells(*item, result["rounds"]) for item in series.items())])]
    return "\n\n".join(parts)


def write_docs(result, command):
    """Replaces the parts of docs/performance.md between its markers."""
    path = DOCS / "performance.md"
    today = datetime.date.today().isoformat()
    parts = {
        "measured": f"Measured on {today} with `{command}`: {result['machine']}, {result['rounds']} rounds, load average {result['load_average']:.2f}." +
                    "".join(f" Left out: {name} ({why})." for name, why in result["left_out"].items()),
        "figures": markdown([FIGURE_HEAD, *(figure_cells(row, result["rounds"]) for row in result["figures"])]),
        "series": write_plots(result),
    }
    text = path.read_text()
    for name, content in parts.items():
        text = re.sub(rf"(<!-- {name} -->\n).*?(<!-- end -->)", lambda match: f"{match[1]}\n{content}\n\n{match[2]}", text,
                      flags=re.S)
    path.write_text(text)
