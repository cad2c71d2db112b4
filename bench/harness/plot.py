"""Two kinds of plots as SVG, without any library."""

import math
from html import escape

COLOURS = {"rust": "#b7410e", "node": "#3c873a", "python": "#306998"}
OTHERS = ["#b7410e", "#306998", "#3c873a", "#8a6d3b", "#6a4c93"]
WIDTH, LEFT, RIGHT = 720, 165, 110
STYLE = 'font-family="system-ui, sans-serif" font-size="13"'


def _svg(height: int, title: str, body: list[str]) -> str:
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {STYLE} role="img" aria-label="{escape(title)}">'
            f'<rect width="100%" height="100%" fill="#ffffff"/><text x="12" y="22" font-weight="600" fill="#222">{escape(title)}</text>')
    return head + "".join(body) + "</svg>\n"


def _text(x: float, y: float, text: str, anchor: str = "start", colour: str = "#222") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def bars(title: str, unit: str, groups: list[tuple[str, dict[str, float]]]) -> str:
    """Horizontal bars, a group a line of the table."""
    most = max(value for _, values in groups for value in values.values())
    y, body = 44, []
    for name, values in groups:
        body.append(_text(12, y + 16 * len(values) / 2 + 2, name))
        for series, value in values.items():
            width = max(1.0, value / most * (WIDTH - LEFT - RIGHT))
            body.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="13" fill="{COLOURS.get(series, "#888")}"/>')
            body.append(_text(LEFT + width + 6, y + 11, f"{_short(value)} {unit} {series}", colour="#555"))
            y += 16
        y += 12
    return _svg(y + 4, title, body)


def lines(title: str, across: str, up: str, series: dict[str, list[tuple[float, float]]], decades: bool = False) -> str:
    """Lines, upwards from zero; across from zero, or by powers of ten."""
    left, right, top, bottom = 70, WIDTH - RIGHT, 50, 290
    found = [point for points in series.values() for point in points]
    most = max(y for _, y in found) * 1.1 or 1
    scaled = math.log10 if decades else float
    furthest = scaled(max(x for x, _ in found)) or 1
    nearest = scaled(min(x for x, _ in found)) if decades else 0
    ticks = sorted({x for x, _ in found}) if decades else [furthest * step / 4 for step in range(5)]

    def place(x: float, y: float) -> tuple[float, float]:
        return left + (scaled(x) - nearest) / (furthest - nearest) * (right - left), bottom - y / most * (bottom - top)

    body = []
    for step in range(5):
        y = bottom - step / 4 * (bottom - top)
        body.append(f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        body.append(_text(left - 6, y + 4, _short(most * step / 4), "end", "#555"))
    body += [_text(place(tick, 0)[0], bottom + 18, f"{tick:,.0f}", "middle", "#555") for tick in ticks]
    body += [_text(left, bottom + 38, across, colour="#555"), _text(12, 42, up, colour="#555")]
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS.get(name, OTHERS[number % len(OTHERS)])
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in points))
        body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        x, y = place(*points[-1])
        body.append(_text(x + 6, y + 4, name, colour=colour))
    return _svg(340, title, body)
