"""Pictures as SVG: small, the same every time, to stand with many others in one page, in colours that can be told apart."""

import re
from dataclasses import replace
from itertools import combinations
from typing import Any
from xml.etree import ElementTree as etree

import numpy as np
import pytest
from numpy.typing import NDArray

from diffcheck.report.pictures.gallery import Picture, pictures_of
from diffcheck.report.pictures.palette import LEVELS, PALETTE, Use, paint, variables
from diffcheck.report.pictures.svg import standalone_svg, svg_of
from diffcheck.results import CaseResult
from tests.portraits import verified

VARIABLE = re.compile(r"var\(--dc-([a-z0-9-]+), (#[0-9a-f]{6})\)")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def case() -> CaseResult:
    return verified("x*bessel_j0(x) + y", sample={"x": [0, 9], "y": [0, 1]}, points=400)


@pytest.fixture(scope="module")
def pictures(case: CaseResult) -> list[Picture]:
    return list(pictures_of(case))


def test_a_picture_of_400_points_is_small(pictures: list[Picture]) -> None:
    assert [each.name for each in pictures] == ["errors", "map", "derivatives", "steps"]
    assert max(len(svg_of(each, unique="p").encode()) for each in pictures) <= 40_000


def test_it_is_one_element_that_scales_and_says_what_it_is(pictures: list[Picture]) -> None:
    for each in pictures:
        text = svg_of(each, unique="p")
        root = etree.fromstring(text)
        assert text.startswith("<svg ")
        assert root.tag == f"{SVG}svg"
        assert root.attrib["role"] == "img"
        assert root.attrib["aria-label"] == f"{each.title}. {each.description}"
        assert root.attrib["viewBox"].startswith("0 0 504 ")
        assert not {"width", "height"} & set(root.attrib)
        assert not {element.tag.removeprefix(SVG) for element in root.iter()} & {"metadata", "style", "title", "image"}


def _words(text: str) -> str:
    return " ".join("".join(element.itertext()) for element in etree.fromstring(text.encode()).iter(f"{SVG}text"))


def test_its_texts_are_texts(pictures: list[Picture]) -> None:
    words = _words(svg_of(pictures[0], unique="p"))
    for each in ("wrong", "what rounding may do", "off by, in ulps", "x"):
        assert each in words


def test_it_is_the_same_every_time(case: CaseResult, pictures: list[Picture]) -> None:
    again = [svg_of(each, unique="p") for each in pictures_of(case)]
    assert again == [svg_of(each, unique="p") for each in pictures] == [svg_of(each, unique="p") for each in pictures]


def test_many_stand_in_one_page_without_sharing_an_id(pictures: list[Picture]) -> None:
    together = "".join(svg_of(each, unique=f"p{number}") for number, each in enumerate(pictures))
    ids = re.findall(r' id="([^"]+)"', together)
    assert ids
    assert len(set(ids)) == len(ids)
    used = set(re.findall(r'href="#([^"]+)"', together)) | set(re.findall(r"url\(#([^)]+)\)", together))
    assert used == set(ids)


def test_every_colour_is_a_variable_with_its_light_value(pictures: list[Picture]) -> None:
    for each in pictures:
        text = svg_of(each, unique="p")
        assert not re.findall(r"#[0-9a-f]{3,8}\b", VARIABLE.sub("", text))
        for name, value in VARIABLE.findall(text):
            assert PALETTE[name].light == value
        for element in etree.fromstring(text).iter(f"{SVG}text"):
            assert "fill: var(" in element.attrib["style"]


def test_a_file_of_its_own_has_a_title_and_both_schemes(pictures: list[Picture]) -> None:
    for each in pictures:
        text = standalone_svg(each)
        root = etree.fromstring(text.encode())
        assert text.startswith("<?xml")
        assert variables("light") in text
        assert re.search(r"@media \(prefers-color-scheme: dark\) \{ :root \{ " + re.escape(variables("dark")), text)
        assert each.title in _words(text)
        assert root.findtext(f"{SVG}desc") == each.description


def test_words_that_markup_would_take_for_its_own_stay_words(pictures: list[Picture]) -> None:
    odd = replace(pictures[0], title='a < b & "c" \x00', description="1 < 2.")
    assert etree.fromstring(svg_of(odd, unique="p")).attrib["aria-label"] == 'a < b & "c" \ufffd. 1 < 2.'
    assert etree.fromstring(standalone_svg(odd).encode()).findtext(f"{SVG}title") == 'a < b & "c" \ufffd'


def test_the_user_s_own_style_changes_nothing(case: CaseResult, pictures: list[Picture]) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    with matplotlib.rc_context({"font.size": 30, "axes.grid": False, "text.usetex": False, "axes.facecolor": "red"}):
        inside = [svg_of(each, unique="p") for each in pictures_of(case)]
        assert matplotlib.rcParams["font.size"] == 30
    assert inside == [svg_of(each, unique="p") for each in pictures]


Array = NDArray[np.float64]


def _linear(colour: str) -> Array:
    """Linear red, green and blue of ``#rrggbb`` in sRGB."""
    parts = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    return np.asarray(np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4))


def _contrast(one: str, other: str) -> float:
    """As WCAG 2.2 defines it."""
    dark, light = sorted(float(_linear(each) @ [0.2126, 0.7152, 0.0722]) for each in (one, other))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PALETTE)
def test_a_colour_stands_out_from_the_paper_as_its_use_asks(name: str, scheme: str) -> None:
    shade = PALETTE[name]
    assert _contrast(getattr(shade, scheme), getattr(PALETTE["paper"], scheme)) >= shade.use.value


SEEING: dict[str, Any] = {
    "as most do": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Source: Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009."""
TOGETHER = (
    ("exact", "torch", "numerical"),
    ("pass", "counted", "fail", "open"),
    ("exact", "torch", "expected"),
    (*LEVELS, "fail"),
)
"""Colours that stand beside one another in a picture."""
APART = 0.07
"""In the units of Oklab, in which black and white are 1 apart; neighbouring colours in a list are just seen to differ at 0.02."""


def _oklab(linear: Array) -> Array:
    """Source: Ottosson, "A perceptual color space for image processing", 2020."""
    cones = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                      [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
    opponent = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                         [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip
    return np.asarray(opponent @ np.cbrt(np.clip(cones @ np.clip(linear, 0, 1), 0, None)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("seen", SEEING.values(), ids=SEEING)
@pytest.mark.parametrize("names", TOGETHER, ids="-".join)
def test_colours_that_stand_together_are_told_apart(names: tuple[str, ...], seen: Any, scheme: str) -> None:
    places = {name: _oklab(np.array(seen) @ _linear(getattr(PALETTE[name], scheme))) for name in names}
    for one, other in combinations(names, 2):
        assert float(np.linalg.norm(places[one] - places[other])) >= APART, (one, other)


def test_no_two_colours_are_drawn_alike() -> None:
    assert len({paint(name) for name in PALETTE}) == len(PALETTE)
    assert {each.use for each in PALETTE.values()} == set(Use)
