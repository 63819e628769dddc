"""Variables and letters: no two that differ look the same."""

from xml.etree import ElementTree

import pytest

from tests.mathml.shown import in_a_line, mathematics, right_of


def test_where_a_variable_is_called_e_a_power_of_eulers_number_is_called_exp() -> None:
    assert right_of("exp(x) + e**x") == "exp(x)+e^(x)"
    assert right_of("exp(x) + x") == "e^(x)+x"


@pytest.mark.parametrize("text", ["exp(x)", "E*x", "pi*x", "gamma(x)", "sigmoid(x)", "besselj(2, x)", "bessel_j0(x)"])
def test_letters_that_are_no_variables_are_upright(text: str) -> None:
    letters = {each.text: each.get("mathvariant") for each in ElementTree.fromstring(mathematics(text).formula).iter("mi")}
    assert {letter for letter, variant in letters.items() if variant is None} == {"f", "x"}


def test_variables_that_would_look_the_same_are_called_by_their_names_wherever_they_stand() -> None:
    found = mathematics("x1*x_1", claim={"x1": "x_1"})
    assert in_a_line(found.formula) == "f(x1,x_1)=x1·x_1"
    assert {name: in_a_line(markup) for name, markup in found.partials} == {
        "claim.d/dx1": "(∂f)/(∂x1)=x_1", "d/dx1": "(∂f)/(∂x1)=x_1", "d/dx_1": "(∂f)/(∂x_1)=x1",
    }  # fmt: skip


def test_an_entry_and_a_variable_that_would_look_the_same_are_called_by_their_names() -> None:
    assert right_of("w[0]*w_0", (("w", (2,)),)) == "w[0]·w_0"
    assert "(∂f)/(∂w[0])=w_0" in [in_a_line(markup) for _, markup in mathematics("w[0]*w_0", (("w", (2,)),)).partials]
