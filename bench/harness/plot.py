"""Two kinds of plots as SVG, without any library."""

from html import escape

COLOURS = {"rust": "#b7410e", "node": "#3c873a", "python": "#306998"}
OTHERS = ["#b7410e", "#306998", "#3c873a", "#8a6d3b", "#6a4c93"]
WIDTH, LEFT, RIGHT = 720, 150, 110
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


def lines(title: str, across: str, up: str, series: dict[str, list[tuple[float, float]]]) -> str:
    """Lines over a linear axis, from zero."""
    height, top, bottom = 340, 50, 290
    furthest = max(x for points in series.values() for x, _ in points) or 1
    most = max(y for points in series.values() for _, y in points) * 1.1 or 1
    place = lambda x, y: (LEFT - 80 + x / furthest * (WIDTH - LEFT - RIGHT + 20), bottom - y / most * (bottom - top))  # noqa: E731
    body = []
    for step in range(5):
        value = most * step / 4
        _, y = place(0, value)
        body.append(f'<line x1="{LEFT - 80}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        body.append(_text(LEFT - 86, y + 4, _short(value), "end", "#555"))
    for step in range(5):
        x, _ = place(furthest * step / 4, 0)
        body.append(_text(x, bottom + 18, f"{furthest * step / 4:,.0f}", "middle", "#555"))
    body += [_text(LEFT - 80, bottom + 38, across, colour="#555"), _text(12, 42, up, colour="#555")]
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS.get(name, OTHERS[number % len(OTHERS)])
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in points))
        body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        x, y = place(*points[-1])
        body.append(_text(x + 6, y + 4, name, colour=colour))
    return _svg(height, title, body)
