"""The page of a gradient check shows what the check holds, and every mistake is explained."""

from __future__ import annotations

import html
import re

import pytest

from inference.bug_clinic import MISTAKES, check_gradients, mistakes_of
from models.scratch.layers import CELLS
from tabs.gradient_check_html import result
from tabs.texts import clinic as texts

PAIRS = [(cell, mistake) for cell in CELLS for mistake in (None, *mistakes_of(cell))]


def cards(markup: str) -> dict[str, str]:
    found = re.findall(r'<section class="clinic-card \w+">.*?</section>', markup)
    return {re.search("<b>(.*?)</b>", card)[1]: card for card in found}


@pytest.mark.parametrize(("cell", "mistake"), PAIRS)
def test_each_array_has_a_card_with_a_sign_and_a_tip_for_each_entry(cell, mistake):
    check = check_gradients(cell, 2, 3, mistake)
    shown = cards(result(check))
    assert list(shown) == [array.name for array in check.arrays]
    for array in check.arrays:
        card, wrong = shown[array.name], int(array.wrong.sum())
        grid = re.search('<div class="clinic-grid".*?</div>', card)[0]
        assert (grid.count("✗"), grid.count("·")) == (wrong, array.numeric.size - wrong)
        assert len(re.findall(r'class="w[123]"', grid)) == wrong
        tips = re.findall('data-tip="(.*?)"', grid)
        assert len(tips) == array.numeric.size
        last = tuple(size - 1 for size in array.numeric.shape)
        place = f"{array.name}[{', '.join(map(str, last))}]"
        verdict = "wrong" if array.wrong[last] else "right"
        assert tips[-1].startswith(f"{place} {verdict}: by hand ")
        assert f"{array.by_hand[last]:+.7f}".replace("-", "−") in tips[-1]
        assert f"{array.error:.1e}" in card
        assert (f"✗ {wrong} of {array.numeric.size} wrong" in card) == bool(wrong)


@pytest.mark.parametrize("cell", CELLS)
def test_the_code_as_it_is_agrees_and_shows_no_diff(cell):
    markup = result(check_gradients(cell, 2, 2))
    assert "✓ All" in markup
    assert "clinic-diff" not in markup
    assert texts.CLINIC_UNSEEN not in markup


@pytest.mark.parametrize(("cell", "mistake"), [pair for pair in PAIRS if pair[1]])
def test_a_mistake_is_shown_as_a_diff_with_its_paragraph(cell, mistake):
    markup = result(check_gradients(cell, 2, 2, mistake))
    assert re.search(r"✗ \d+ of \d+ entries are wrong", markup)
    patch = MISTAKES[mistake][cell]
    (removed,) = re.findall(r'<span class="del">- (.*?)\n</span>', markup)
    assert patch.right.strip() in html.unescape(removed)
    assert len(re.findall('<span class="ins">', markup)) == (1 if patch.wrong else 0)
    assert patch.function.__name__ in markup
    assert texts.CLINIC_WHY[mistake, cell] in markup


def test_a_mistake_that_one_step_does_not_show_is_told():
    markup = result(check_gradients("lstm", 2, 1, "no_time"))
    assert "✓ All" in markup
    assert texts.CLINIC_UNSEEN in markup


def test_every_mistake_has_a_title_and_a_paragraph_for_each_of_its_cells_and_no_other():
    assert set(texts.CLINIC_MISTAKES) == set(MISTAKES)
    offered = {(mistake, cell) for cell, mistake in PAIRS if mistake}
    assert set(texts.CLINIC_WHY) == offered


def test_a_larger_error_is_darker():
    markup = result(check_gradients("lstm", 3, 4, "derivative"))
    shades = set(re.findall('class="(w[123])" data-tip', markup))
    assert shades == {"w1", "w2", "w3"}
    for shade, error in re.findall(r'class="(w[123])" data-tip=".*?relative error (.*?)"', markup):
        low, high = {"w1": (0, 1e-3), "w2": (1e-3, 0.1), "w3": (0.1, 1)}[shade]
        assert low <= float(error) <= high
