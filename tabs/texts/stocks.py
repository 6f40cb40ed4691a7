"""The prose of the tab Stocks."""

from __future__ import annotations

STOCK_INTRO = (
    "One network for all tickers forecasts **how far** a price may move, as bands. Where it will "
    "go nobody can tell from past prices: the median stays close to today's price by design, and "
    "the skill is in the width."
)
NOT_ADVICE = (
    "Not investment advice. The network was trained on companies that are in the S&P 500 today, so "
    "on survivors only."
)
TICKER_HELP = "type a symbol or a company; any symbol that Yahoo Finance knows will do"
PRICES_FILE = (
    "CSV with Date and Close (better: Open, High, Low, Close, Volume), oldest or newest first, as "
    "Yahoo or Stooq write it"
)
EXTRAS = {  # what a price chart can show besides
    "volume": "Volume",
    "average 20": "20-day average",
    "average 50": "50-day average",
    "average 200": "200-day average",
    "bollinger": "Bollinger bands",
    "rsi": "RSI",
    "macd": "MACD",
}
PAST = "past"
OTHERS = {  # what stands beside the forecast
    "random walk": "Random walk",
    "historical simulation": "Historical simulation",
    "EWMA": "EWMA",
    PAST: "Past forecasts and their misses",
}
AS_OF = "As of"
AS_OF_HELP = "Move it back to see what was forecast on a past day, and what came after."
AS_OF_OUTSIDE = (
    "There is no forecast as of {day} for {ticker} (from {first} to {last}), so this one stands on "
    "its last day."
)
OLD_PRICES = "The last price is {days:,} days old; what happened since is not in this forecast."
MEDIAN_BY_DESIGN = "close to the last price by design: the skill is in the width of the bands"
RECORD_LATER = "How earlier forecasts did on this ticker is counted here."
RECORD_TITLE = "Its record on {ticker}"
RECORD_TESTED = (
    "{count:,} forecasts of {days}, one after another from {first} to {last}: days that the "
    "network never learned from. A band should hold as many of them as it promises."
)
RECORD_TRAINED = (
    "{count:,} forecasts of {days}, one after another from {first} to {last}. Days before {tested} "
    "are those that the network was trained and tuned on, so this says little."
)
RECORD_EARLIER = (
    "Not counted: {count:,} forecasts before {tested}, since the network was trained and tuned on "
    "those days. There, the 80 % band held {held}."
)
RECORD_NONE = "There are too few prices for a record: no forecast of {days} has come to its end."
RECORD_SIMULATED = "The series is made up, so this record says nothing about a real stock."
RECORD_FIT = "as promised, within what chance allows (±{points:.0f} points)"
RECORD_MORE = "more than promised, by more than chance allows (±{points:.0f} points)"
RECORD_FEWER = "fewer than promised, by more than chance allows (±{points:.0f} points)"
LIMITS = (
    "It knows past prices only: no news, no reports to come, no dividends announced tomorrow. Days "
    "like those of March 2020 come as a surprise to it, as the record shows. Base rates count "
    "overlapping windows of the past, and the past need not repeat itself. Nothing here says buy "
    "or sell."
)
TWO_INTRO = (
    "Two tickers in percent of their last price: whose price may move further, and how likely a "
    "large fall is."
)
TWO_DAYS = "The two end on different days, {first} and {second}: each forecast begins at its own."
