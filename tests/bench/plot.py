"""Plots of the series of a group: horizontal bars as SVG, with the median as the length and the quartiles as a line.

An SVG has its own colours for a light and a dark page, chosen by the reader's setting.
"""

from xml.sax.saxutils import escape

WIDTH, LABEL, VALUE = 760, 280, 90
BAR, GAP, TOP = 18, 8, 46

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 15px }
.unit { fill: #57606a }
.bar { fill: #8c959f }
.ours { fill: #0969da }
.spread { stroke: #24292f; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .unit { fill: #9198a1 }
  .bar { fill: #656c76 }
  .ours { fill: #4493f8 }
  .spread { stroke: #e6edf3 }
}"""


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def bar(index, name, quantity, scale):
    """The elements of one series."""
    y = TOP + index * (BAR + GAP)
    middle, length = y + BAR / 2, quantity["median"] * scale
    low, high = LABEL + quantity["low"] * scale, LABEL + quantity["high"] * scale
    kind = "bar ours" if name.startswith("library") else "bar"
    return (f'<text x="{LABEL - 8}" y="{middle + 4:.1f}" text-anchor="end">{escape(name)}</text>\n'
            f'<rect class="{kind}" x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2"/>\n'
            f'<line class="spread" x1="{low:.1f}" y1="{middle:.1f}" x2="{high:.1f}" y2="{middle:.1f}"/>\n'
            f'<text x="{max(LABEL + length, high) + 8:.1f}" y="{middle + 4:.1f}">{number(quantity["median"])}</text>')


def bars(title, unit, quantities):
    """The SVG of {name: {"median", "low", "high"}}."""
    height = TOP + len(quantities) * (BAR + GAP) + 8
    largest = max(max(quantity["high"], quantity["median"]) for quantity in quantities.values())
    scale = (WIDTH - LABEL - VALUE) / largest if largest else 0
    parts = [bar(i, name, quantity, scale) for i, (name, quantity) in enumerate(quantities.items())]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'role="img" aria-label="{escape(title)}">\n<style>{STYLE}\n</style>\n'
            f'<text class="title" x="8" y="20">{escape(title)}</text>\n'
            f'<text class="unit" x="8" y="37">{escape(unit)}; the longer, the faster</text>\n' + "\n".join(parts) + "\n</svg>\n")
