"""The figures of ``benchmarks.growth`` as SVG: lines over a logarithmic axis, for light and for dark pages."""

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from attrs import frozen

WIDTH, HEIGHT = 520, 280
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 56, 52
STYLE = """text { font-family: system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
text { fill: #1b2330; font-size: 13px; }
.page { fill: #ffffff; }
.title { font-size: 15px; font-weight: 600; }
.note { fill: #46536a; }
.grid { stroke: #d5dbe4; }
.line { fill: none; stroke-width: 2; }
.a { stroke: #1f5fbf; } .fill-a { fill: #1f5fbf; }
.b { stroke: #a3480a; stroke-dasharray: 7 4; } .fill-b { fill: #a3480a; }
@media (prefers-color-scheme: dark) {
text { fill: #e8ecf3; }
.page { fill: #12161d; }
.note { fill: #b7c1d1; }
.grid { stroke: #39445a; }
.a { stroke: #7db0ff; } .fill-a { fill: #7db0ff; }
.b { stroke: #ffab70; } .fill-b { fill: #ffab70; }
}"""

Points = Sequence[tuple[float, float]]


@frozen
class Panel:
    """One diagram. ``lines`` maps at most two names to points, whose first number is above zero."""

    title: str
    across: str
    lines: Mapping[str, Points]


def draw(panels: Sequence[Panel], title: str) -> str:
    """Return the SVG, with two panels in each row."""
    rows = math.ceil(len(panels) / 2)
    width, height = 2 * WIDTH, rows * HEIGHT
    described = "; ".join(_told(panel) for panel in panels)
    drawn = [_panel(panel, number % 2 * WIDTH, number // 2 * HEIGHT) for number, panel in enumerate(panels)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
            ' aria-labelledby="title description">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="description">{escape(described)}</desc>',
            f"<style>\n{STYLE}\n</style>",
            f'<rect class="page" width="{width}" height="{height}" rx="12"/>',
            *drawn,
            "</svg>\n",
        ]
    )


def _told(panel: Panel) -> str:
    lines = ", ".join(
        f"{name}: " + ", ".join(f"{x:g} {panel.across} {y:g}" for x, y in points)
        for name, points in panel.lines.items()
    )
    return f"{panel.title}. {lines}"


def _panel(panel: Panel, left: int, top: int) -> str:
    every = [point for points in panel.lines.values() for point in points]
    xs = sorted({x for x, _ in every})
    highest = _nice(max((y for _, y in every), default=1.0))

    def place(x: float, y: float) -> tuple[float, float]:
        low, span = math.log(xs[0]), math.log(xs[-1]) - math.log(xs[0]) or 1.0
        across = (math.log(x) - low) / span * (WIDTH - LEFT - RIGHT)
        return left + LEFT + across, top + HEIGHT - BOTTOM - y / highest * (HEIGHT - TOP - BOTTOM)

    parts = [f'<text class="title" x="{left + 16}" y="{top + 26}">{escape(panel.title)}</text>']
    for step in range(5):
        value = highest * step / 4
        x, y = place(xs[0], value)
        parts.append(f'<path class="grid" d="M{x:.0f} {y:.0f} H{left + WIDTH - RIGHT}"/>')
        parts.append(f'<text class="note" text-anchor="end" x="{x - 8:.0f}" y="{y + 4:.0f}">{value:g}</text>')
    for x in xs:
        at, bottom = place(x, 0)
        parts.append(f'<text class="note" text-anchor="middle" x="{at:.0f}" y="{bottom + 20:.0f}">{x:,.0f}</text>')
    middle = left + LEFT + (WIDTH - LEFT - RIGHT) // 2
    parts.append(
        f'<text class="note" text-anchor="middle" x="{middle}" y="{top + HEIGHT - 12}">{escape(panel.across)}</text>'
    )
    for number, (name, points) in enumerate(panel.lines.items()):
        kind = "ab"[number]
        placed = [place(*point) for point in points]
        path = " L".join(f"{x:.1f} {y:.1f}" for x, y in placed)
        parts.append(f'<path class="line {kind}" d="M{path}"/>')
        parts += [f'<circle class="fill-{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y in placed]
        at = left + LEFT + 8 + 120 * number
        parts.append(f'<path class="line {kind}" d="M{at} {top + 41} h24"/>')
        parts.append(f'<text class="note" x="{at + 30}" y="{top + 45}">{escape(name)}</text>')
    return "\n".join(parts)


def _nice(value: float) -> float:
    """The next number above with one digit, of which a quarter is easy to read."""
    unit = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * unit for step in (1, 2, 4, 8, 10) if step * unit >= value)
