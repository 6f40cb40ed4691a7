"""Laws of the ticker box: names lead to symbols, and no symbol is taken for a name."""

from __future__ import annotations

import pytest

from data.yahoo import known_tickers
from inference.ticker_search import find_ticker


@pytest.mark.parametrize(
    ("typed", "symbol"),
    [
        ("Apple", "AAPL"),
        ("  apple ", "AAPL"),
        ("berkshire", "BRK-B"),
        ("alphabet", "GOOGL"),
        ("johnson & johnson", "JNJ"),
        ("visa", "V"),
    ],
)
def test_a_company_leads_to_its_symbol(typed: str, symbol: str) -> None:
    assert find_ticker(typed) == symbol


def test_every_known_symbol_and_name_is_found() -> None:
    for symbol, name in known_tickers().items():
        assert find_ticker(symbol.lower()) == symbol
        assert known_tickers()[find_ticker(name)] == name


@pytest.mark.parametrize("typed", ["FORD", "7203.T", "^GSPC", "appl", "../x", "", "no such firm"])
def test_what_is_no_known_name_passes_as_it_is(typed: str) -> None:
    assert find_ticker(typed) == typed


def test_nothing_is_the_empty_text() -> None:
    assert find_ticker(None) == ""
