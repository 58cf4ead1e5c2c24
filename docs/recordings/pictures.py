"""Pictures of terminals, as SVG."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text
from terminal import COLUMNS, LINES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.color import Color
    from terminal import Event

IDLE_LIMIT = 2.0
LAST_SECONDS = 6.0
CELL, LINE, MARGIN = 8.4, 19, 16
COLOURS = {None: "#d5d9e0", 1: "#f47067", 2: "#7ec699", 3: "#e6c07b"}
"""By the number of the terminal's colour."""

_MOST_LINES = 50
_CONTROLS = re.compile(r"(\x1b\[1A|\x1b\[2K|\x1b\[\?25[lh]|\r|\n)")


def moving(events: Sequence[Event], title: str) -> str:
    """Return a recording as an animated SVG, which shows each screen in turn."""
    screens = _screens(events, LINES)
    whole = sum(seconds for seconds, _ in screens)
    groups, rules, at = [], [], 0.0
    for number, (seconds, lines) in enumerate(screens):
        begin, end = (f"{100 * moment / whole:.3f}%" for moment in (at, at + seconds))
        rules.append(f"@keyframes s{number}{{0%,100%{{opacity:0}}{begin}{{opacity:1}}{end}{{opacity:0}}}}")
        groups.append(f'<g style="animation-name:s{number}">{_text(lines)}</g>')
        at += seconds
    style = f"g{{opacity:0;animation:{whole:.2f}s step-end infinite}}g:last-of-type{{opacity:1}}{''.join(rules)}"
    return _svg("\n".join(groups), title, LINES, style)


def last(events: Sequence[Event], title: str) -> str:
    """Return the last screen as SVG."""
    return _still(_screens(events, _MOST_LINES)[-1][1], title)


def fullest(events: Sequence[Event], title: str) -> str:
    """Return the screen with the most lines as SVG."""
    screens = [lines for _, lines in _screens(events, LINES)]
    return _still(max(screens, key=lambda lines: sum(bool(each.plain.strip()) for each in lines)), title)


def _screens(events: Sequence[Event], height: int) -> list[tuple[float, list[Text]]]:
    """Return the screens of a terminal, each with its duration in seconds."""
    screens: list[tuple[float, list[Text]]] = []
    lines = [""]
    for (at, text), (next_at, _) in zip(events, [*events[1:], (events[-1][0] + LAST_SECONDS, "")], strict=True):
        for part in _CONTROLS.split(text):
            match part:
                case "\n":
                    lines.append("")
                case "\x1b[1A":
                    lines.pop()
                case "\x1b[2K":
                    lines[-1] = ""
                case _ if not _CONTROLS.match(part):
                    lines[-1] += part
        wait = next_at - at if next_at - at == LAST_SECONDS else min(next_at - at, IDLE_LIMIT)
        screens.append((wait, [part for line in lines[-height:] for part in _wrapped(line)][-height:]))
    return screens


def _wrapped(line: str) -> Sequence[Text]:
    """Return the lines on which a terminal shows a long line."""
    text = Text.from_ansi(line)
    return text.divide(range(COLUMNS, len(text), COLUMNS))


def _still(lines: Sequence[Text], title: str) -> str:
    return _svg(f"<g>{_text(lines)}</g>", title, len(lines))


def _svg(content: str, title: str, lines: int, style: str = "") -> str:
    width, height = round(COLUMNS * CELL + 2 * MARGIN), lines * LINE + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">\n'
        f"<title>{title}</title>\n"
        f"<style>text{{font:14px ui-monospace,Menlo,Consolas,monospace;white-space:pre}}{style}</style>\n"
        f'<rect width="{width}" height="{height}" rx="8" fill="#1f232b"/>\n{content}\n</svg>\n'
    )


def _text(lines: Sequence[Text]) -> str:
    console = Console(width=COLUMNS)
    return "".join(
        f'<text x="{MARGIN}" y="{MARGIN + LINE * number}" fill="{COLOURS[None]}">{_spans(line, console)}</text>'
        for number, line in enumerate(lines, start=1)
        if line.plain.strip()
    )


def _spans(line: Text, console: Console) -> str:
    spans, column = [], 0
    for segment in line.render(console):
        text, style = segment.text.rstrip("\n"), segment.style
        if text.strip():
            colour = _colour(style.color if style else None)
            look = f' fill="{colour}"' if colour != COLOURS[None] else ""
            look += ' font-weight="bold"' if style and style.bold else ""
            look += ' opacity=".55"' if style and style.dim else ""
            place = f'x="{MARGIN + column * CELL:g}" textLength="{len(text) * CELL:g}"'
            spans.append(f"<tspan {place}{look}>{html.escape(text)}</tspan>")
        column += len(text)
    return "".join(spans)


def _colour(colour: Color | None) -> str:
    if colour is None:
        return COLOURS[None]
    return COLOURS.get(colour.number) or colour.get_truecolor().hex
