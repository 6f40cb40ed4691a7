"""From what a person types into a ticker box to a symbol: the symbol itself, or a company's name.

It looks into the list of well-known tickers only, and asks nobody; what is not there passes as it
was typed, for Yahoo to know or not.
"""

from __future__ import annotations

from data.yahoo import known_tickers

LEAST_LETTERS = 6  # of the beginning of a name; a shorter word may be the symbol of another company


def find_ticker(text: str | None) -> str:
    """ "Apple" -> "AAPL", "berkshire" -> "BRK-B", "aapl" -> "AAPL"; whatever is not known as it is.

    A name must be whole, or its beginning with LEAST_LETTERS letters; of several the first of the
    list, which begins with the largest companies.
    """
    typed = " ".join(str(text or "").split())
    known, wanted = known_tickers(), typed.casefold()
    if not wanted or typed.upper() in known:
        return typed.upper()
    for symbol, name in known.items():
        if name.casefold() == wanted:
            return symbol
    if len(wanted) >= LEAST_LETTERS:
        for symbol, name in known.items():
            if name.casefold().startswith(wanted):
                return symbol
    return typed
