"""A picture as SVG: small, the same every time, its colours CSS variables, its texts texts."""

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from textwrap import wrap
from xml.etree import ElementTree as etree
from xml.sax.saxutils import escape, quoteattr

from diffcheck.report.failure import storable
from diffcheck.report.pictures.gallery import Picture
from diffcheck.report.pictures.palette import PALETTE, variables
from diffcheck.report.pictures.sheet import FONT, LETTER, WIDTH, style

NAMESPACE = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
DROPPED = frozenset({"metadata", "style", "title", "desc"})
"""Elements that matplotlib writes and nobody needs; its style sheet would hold for the whole page."""
NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
GEOMETRY = frozenset({"d", "x", "y", "width", "height", "transform", "points"})
"""Attributes whose numbers are places, in points."""
TITLE_SIZE, TITLE_LEADING = FONT + 3, 17
ENLARGED = 1.5
"""A file's own size is so many times its points."""


def svg_of(picture: Picture, *, unique: str) -> str:
    """The picture as one ``<svg>`` element for a page.

    It scales with what holds it. Its ids begin with ``unique``, so that many can stand in one page, which is to declare
    the variables of the palette; else the colours for light paper hold.
    """
    body, width, height = _drawn(picture, unique)
    label = quoteattr(storable(f"{picture.title}. {picture.description}"))
    return f'<svg xmlns="{NAMESPACE[1:-1]}" role="img" aria-label={label} {_box(width, height)}{_STYLE}>{body}</svg>'


def _box(width: float, height: float) -> str:
    return f'viewBox="0 0 {_rounded(width)} {_rounded(height)}"'


_STYLE = f' style="stroke-linejoin: round; font-family: {FONTS}"'


def standalone_svg(picture: Picture) -> str:
    """The picture as a file of its own, with its title above it: dark where the reader's scheme is."""
    body, width, height = _drawn(picture, "p")
    lines = wrap(storable(picture.title), int(WIDTH / LETTER * 0.85)) or [""]
    above = TITLE_LEADING * len(lines) + 6
    rows = "".join(
        f'<text x="10" y="{TITLE_LEADING * (number + 1)}" style="font-size: {TITLE_SIZE:g}px; font-weight: 600; '
        f'fill: {_variable("ink")}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    css = f":root {{ {variables('light')} }} @media (prefers-color-scheme: dark) {{ :root {{ {variables('dark')} }} }}"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="{NAMESPACE[1:-1]}" role="img" aria-labelledby="title desc" {_box(width, height + above)} '
        f'width="{_rounded(width * ENLARGED)}" height="{_rounded((height + above) * ENLARGED)}"{_STYLE}>'
        f'<title id="title">{escape(storable(picture.title))}</title>'
        f'<desc id="desc">{escape(storable(picture.description))}</desc><style>{css}</style>'
        f'<rect width="100%" height="100%" style="fill: {_variable("paper")}"/>{rows}'
        f'<g transform="translate(0 {above})">{body}</g></svg>\n'
    )


def _drawn(picture: Picture, unique: str) -> tuple[str, float, float]:
    """What stands in the picture, and its width and height in points."""
    target = io.StringIO()
    with style():
        picture.figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    root = etree.fromstring(target.getvalue())
    _, _, width, height = root.attrib["viewBox"].split()
    used = {name for element in root.iter() for name in _references(element)}
    names = {name: f"{unique}-{number}" for number, name in enumerate(sorted(used, key=_order(root)))}
    return "".join(_told(child, names) for child in root), float(width), float(height)


def _order(root: etree.Element) -> Callable[[str], int]:
    """Ids by where they stand, so that they are numbered the same every time."""
    places = {element.attrib["id"]: number for number, element in enumerate(root.iter()) if "id" in element.attrib}
    return lambda name: places.get(name, len(places))


def _references(element: etree.Element) -> Iterator[str]:
    """The ids that an element points at."""
    if LINK in element.attrib:
        yield element.attrib[LINK].removeprefix("#")
    for value in element.attrib.values():
        yield from re.findall(r"url\(#([^)]+)\)", value)


def _told(element: etree.Element, names: dict[str, str], inherited: str = "") -> str:
    """An element as text: without what nobody needs, a style that all children share told once."""
    tag = element.tag.removeprefix(NAMESPACE)
    if tag in DROPPED:
        return ""
    shared = _shared_style(element) if tag == "g" else ""
    inside = "".join(_told(child, names, shared) for child in element)
    text = escape(element.text or "") if tag == "text" else ""
    attributes = _attributes(element, names, shared, inherited)
    if tag in ("g", "defs") and not inside:
        return ""
    if tag == "g" and not attributes:
        return inside
    return f"<{tag}{attributes}>{inside}{text}</{tag}>" if inside or text else f"<{tag}{attributes}/>"


def _shared_style(element: etree.Element) -> str:
    """The style that all the marks in a group have: each alone would tell it again."""
    styles = Counter(child.attrib.get("style", "") for child in element if child.tag == f"{NAMESPACE}use")
    return next(iter(styles)) if len(styles) == 1 else ""


def _attributes(element: etree.Element, names: dict[str, str], shared: str, inherited: str) -> str:
    found = dict(element.attrib)
    if shared and "style" not in found:
        found["style"] = shared
    elif inherited and found.get("style") == inherited:
        del found["style"]
    told = []
    for name, value in found.items():
        if name == "id":
            if value not in names:
                continue
            value = names[value]
        elif name == LINK:
            name, value = "href", f"#{names[value.removeprefix('#')]}"
        elif name == "style":
            value = _style(value, is_text=element.tag == f"{NAMESPACE}text")
        elif name in GEOMETRY:
            value = _shortened(value)
        value = re.sub(r"url\(#([^)]+)\)", lambda match: f"url(#{names[match[1]]})", value)
        if value:
            told.append(f" {name}={quoteattr(value)}")
    return "".join(told)


def _style(value: str, *, is_text: bool) -> str:
    """CSS with the palette's variables; the sheet's own font and what holds anyway are left out."""
    kept = []
    for declaration in filter(None, (each.strip() for each in value.split(";"))):
        name, _, setting = (part.strip() for part in declaration.partition(":"))
        if name == "font":  # matplotlib tells size and family at once
            name, setting = "font-size", next(iter(re.findall(r"[\d.]+px", setting)), f"{FONT}px")
        if name not in ("font-family", "stroke-linejoin"):
            kept.append(f"{name}: {_coloured(setting)}")
    return "; ".join(kept)


def _coloured(setting: str) -> str:
    name = _NAMES.get(setting)
    return _variable(name) if name else NUMBER.sub(lambda match: _rounded(match[0]), setting)


_NAMES = {shade.light: name for name, shade in PALETTE.items()}


def _variable(name: str) -> str:
    return f"var(--dc-{name}, {PALETTE[name].light})"


def _shortened(value: str) -> str:
    """Places with a tenth of a point, on one line."""
    short = NUMBER.sub(lambda match: _rounded(match[0], 1), " ".join(value.split()))
    short = re.sub(r" ?([A-Za-z]) ?", r"\1", short) if re.match(r"[Mm] ?-?\d", short) else short
    return re.sub(r" -", "-", short) if short[:1] in "Mm" else short


def _rounded(number: float | str, digits: int = 2) -> str:
    """``number`` to so many decimals, without zeros that say nothing."""
    return f"{round(float(number), digits) + 0.0:.{digits}f}".rstrip("0").rstrip(".")
