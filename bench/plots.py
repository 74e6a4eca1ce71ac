"""The pictures: bars for the programs, curves for growth. Plain SVG, no library."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from statistics import median

from bench.aims import Programs

BAR, GAP, LEFT, WIDTH = 16, 14, 110, 560
PANEL_WIDTH, PANEL_HEIGHT, MARGIN, LINE = 330, 190, 46, 13
COLOURS = ("#2563eb", "#16a34a", "#d97706", "#9333ea")

Curve = Sequence[tuple[float, float]]


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    style = 'font-family="sans-serif" font-size="12" fill="#333"'
    size = f'width="{width}" height="{height}"'
    body = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n{body}\n</svg>\n'


def bars(programs: Programs, operations: Sequence[str]) -> str:
    """CPU per request: a group for each operation, drawn to the group's own scale."""
    y, parts = 10, list[str]()
    for operation in operations:
        rows = [
            (program, median(of[operation]["cpu_ms"]))
            for program, of in programs.items()
            if operation in of
        ]
        if not rows:
            continue
        parts.append(f'<text x="4" y="{y + 12}" font-weight="bold">{operation}, CPU ms</text>')
        y += BAR + 2
        longest = max(value for _, value in rows)
        for program, value in rows:
            parts.append(_bar(program, value, y, longest=longest))
            y += BAR
        y += GAP
    return _svg(LEFT + WIDTH + 70, y, parts)


def _bar(program: str, value: float, y: int, *, longest: float) -> str:
    width = max(1, round(value / longest * WIDTH))
    colour = {"seatwise": "#2563eb", "floor": "#16a34a"}.get(program, "#94a3b8")
    return (
        f'<text x="{LEFT - 6}" y="{y + 12}" text-anchor="end">{escape(program)}</text>'
        f'<rect x="{LEFT}" y="{y + 2}" width="{width}" height="{BAR - 4}" fill="{colour}"/>'
        f'<text x="{LEFT + width + 5}" y="{y + 12}">{value:.2f}</text>'
    )


def panels(titled: Mapping[str, Mapping[str, Curve]]) -> str:
    """A panel of curves for each title, two in a row. Places on the x axis are evenly spaced."""
    parts = list[str]()
    for number, (title, curves) in enumerate(titled.items()):
        x, y = number % 2 * PANEL_WIDTH, number // 2 * PANEL_HEIGHT
        parts.append(f'<g transform="translate({x},{y})">{_panel(title, curves)}</g>')
    return _svg(2 * PANEL_WIDTH, -(-len(titled) // 2) * PANEL_HEIGHT, parts)


def _panel(title: str, curves: Mapping[str, Curve]) -> str:
    places = sorted({x for curve in curves.values() for x, _ in curve})
    top = max(y for curve in curves.values() for _, y in curve) or 1
    width, height = PANEL_WIDTH - MARGIN - 70, PANEL_HEIGHT - 2 * MARGIN
    left, bottom = MARGIN, PANEL_HEIGHT - MARGIN

    def at(x: float, y: float) -> tuple[float, float]:
        place = places.index(x) / max(1, len(places) - 1)
        return left + place * width, bottom - y / top * height

    parts = [
        f'<text x="{left}" y="20" font-weight="bold">{escape(title)}</text>',
        f'<path d="M{left},{bottom - height}V{bottom}H{left + width}" stroke="#999" fill="none"/>',
        f'<text x="{left - 4}" y="{bottom - height + 4}" text-anchor="end">{_short(top)}</text>',
        f'<text x="{left - 4}" y="{bottom}" text-anchor="end">0</text>',
    ]
    parts += [
        f'<text x="{at(x, 0)[0]}" y="{bottom + 16}" text-anchor="middle">{x:,.0f}</text>'
        for x in places
    ]
    drawn = [
        (colour, name, [at(x, y) for x, y in curve])
        for colour, (name, curve) in zip(COLOURS, curves.items(), strict=False)
    ]
    for colour, _, points in drawn:
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" stroke="{colour}" stroke-width="2" fill="none"/>')
    return "".join(
        [*parts, *_names([(*points[-1], colour, name) for colour, name, points in drawn])]
    )


def _names(ends: Iterable[tuple[float, float, str, str]]) -> Iterator[str]:
    """What stands at the end of each curve: the next line, where two end in the same place."""
    free = 0.0
    for x, y, colour, name in sorted(ends, key=lambda end: end[1]):
        line = max(y + 4, free)
        free = line + LINE
        yield f'<text x="{x + 5:.1f}" y="{line:.1f}" fill="{colour}">{escape(name)}</text>'


def _short(value: float) -> str:
    """A number for an axis."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three digits
