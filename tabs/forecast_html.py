"""Pure functions from forecasts, odds and records to HTML, for the stock tab.

Text from outside is always escaped. A number that nobody knows is a sentence or a dash, never NaN.
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from typing import Any

import numpy as np

from inference.odds import LARGE_FALL, Odds, probability_at_most
from inference.predictions import QuantileForecast
from inference.track_record import SHARES, TESTED_FROM, TrackRecord, chance
from tabs.html import notes
from tabs.texts import stocks as texts

IN_WORDS = {0.5: "1 in 2 inside", 0.8: "8 in 10 inside", 0.95: "19 in 20 inside"}
TABLE_DAYS = (1, 5, 10, 20, 30)
SPACED_PERCENT = "\N{NO-BREAK SPACE}%"
OLD_DAYS = 7  # calendar days after which prices are called old; a long weekend is four


def facts(metrics: dict[str, Any]) -> list[str]:
    """What is known of a forecaster; as much as its metrics.json holds."""
    if "horizons" not in metrics:
        return ["not evaluated"]
    gains = ", ".join(
        f"{-score['crps_against_random_walk_percent']:.1f} % at {in_days(int(days))}"
        for days, score in metrics["horizons"].items()
    )
    inside = metrics["horizons"]["1"]["network"]["coverage"]["0.8"]
    return [
        f"{metrics['tickers']} tickers, tested {metrics['test_start'][:4]} to "
        f"{metrics['test_end'][:4]}: error (CRPS) below the random walk's by {gains}",
        f"its 80 % band held {inside:.1%} of the next days",
    ]


def in_days(days: int) -> str:
    """ "1 day", "20 days"."""
    return f"{days:,} day{'s' * (days != 1)}"


def price(value: float) -> str:
    """A price for a reader; small ones with the figures that they need."""
    return f"{value:,.2f}" if value >= 1 else f"{value:.4g}"


def move(log_return: float) -> str:
    """A log return as a change in percent, with its sign as type sets it."""
    told = f"{100 * math.expm1(log_return):+.1f}"
    return (told.replace("-", "−") if float(told) else "0.0") + SPACED_PERCENT


def percent(share: float, bounds: tuple[float, float] = (0.0, 1.0)) -> str:
    """A share in whole percent; on or beyond the bounds, that no more is known."""
    low, high = bounds
    if share <= low and low > 0:
        return f"under {100 * low:g}{SPACED_PERCENT}"
    if share >= high and high < 1:
        return f"over {100 * high:g}{SPACED_PERCENT}"
    return f"{100 * share:.0f}{SPACED_PERCENT}"


def long_day(day: date) -> str:
    """ "24 July 2025"."""
    return f"{day.day} {day:%B %Y}"


# ---- what is shown


def summary(
    forecast: QuantileForecast, kind: str, sentences: Iterable[str], last: date, today: date
) -> str:
    """Where the prices come from and how old they are, the price and day that the forecast stands
    on, and what the reader must know. ``last`` is the day of the last price."""
    age = (today - last).days
    badges, told = [(kind, forecast.source)], [*sentences]
    if forecast.as_of < last:
        badges.append(("past", f"as of {forecast.as_of}"))
    elif age > OLD_DAYS:
        badges.append(("old", f"old prices: {last}"))
        told.append(texts.OLD_PRICES.format(days=age))
    marks = "".join(f'<span class="badge {escape(k)}">{escape(text)}</span>' for k, text in badges)
    how = "stands in this made-up series" if kind == "simulated" else "closed"
    return (
        f'<div class="stock-line">{marks}<b>{escape(forecast.ticker)}</b> {how} at '
        f"<b>{price(forecast.last_price)}</b> on {long_day(forecast.as_of)}</div>{notes(told)}"
    )


def legend(entries: Iterable[tuple[str, str, str]]) -> str:
    """What ``figures.key`` tells of a figure."""
    marks = {"x": "✕", "diamond": "◆", "circle-open": "○"}
    spans = []
    for name, kind, color in entries:
        if kind in marks:
            swatch = f'<i class="mark" style="color:{color}">{marks[kind]}</i>'
        elif kind == "fill":
            swatch = f'<i class="area" style="background:{color}"></i>'
        elif kind == "candle":
            swatch = '<i class="candle up"></i><i class="candle down"></i>'
        else:
            dash = {"dash": "dashed", "dashdot": "dashed", "dot": "dotted"}.get(kind, "solid")
            swatch = f'<i class="line" style="border-top:3px {dash} {color}"></i>'
        spans.append(f"<span>{swatch}{escape(name)}</span>")
    return f'<div class="chart-key">{"".join(spans)}</div>'


def tiles(forecast: QuantileForecast, chances: Odds, came: Sequence[float]) -> str:
    """The odds beside their base rates, the band and the median; and, of a past day, what came.

    came: the closes after the forecast's day, as far as they are known and forecast."""
    days = in_days(chances.days)
    windows = f"{chances.windows:,} past windows"
    low, high = (edge[-1] for edge in forecast.band(0.8))
    logs = [math.log(edge / forecast.last_price) for edge in (low, high)]
    median = float(forecast.quantile(0.5)[-1])
    cells = [
        (
            f"A rise in {days}",
            percent(chances.rise, chances.bounds),
            _base(chances.rise_before, windows),
        ),
        (
            f"A fall of more than {LARGE_FALL:.0%}".replace("%", " %"),
            percent(chances.fall, chances.bounds),
            _base(chances.fall_before, windows),
        ),
        (
            f"8 in 10 outcomes in {days}",
            f"{price(low)} – {price(high)}",
            f"{move(logs[0])} to {move(logs[1])}",
        ),
        ("Median", f"{price(forecast.price_quantile(0.5)[-1])}", f"{move(median)}, "
         + texts.MEDIAN_BY_DESIGN),
    ]  # fmt: skip
    if len(came):
        cells.append(_outcome(forecast, came))
    inner = "".join(
        f'<div class="odds-tile"><span>{escape(title)}</span><b>{escape(value)}</b>'
        f"<small>{escape(more)}</small></div>"
        for title, value, more in cells
    )
    return f'<div class="stock-tiles">{inner}</div>'


def _base(share: float | None, windows: str) -> str:
    if share is None:
        return "no base rate: too few prices"
    return f"base rate {percent(share)}, of {windows}"


def _outcome(forecast: QuantileForecast, came: Sequence[float]) -> tuple[str, str, str]:
    """How the last known close lay in what was forecast of its day."""
    days, close = len(came), float(came[-1])
    log_return = math.log(close / forecast.last_price)
    inside = [
        share
        for share in SHARES
        if forecast.band(share)[0][days - 1] <= close <= forecast.band(share)[1][days - 1]
    ]
    above = probability_at_most(forecast, days, log_return)
    told = f"inside the {100 * inside[0]:.0f} % band" if inside else "outside the 95 % band: a miss"
    return (
        f"What came after {in_days(days)}",
        f"{price(close)} ({move(log_return)})",
        f"{told}; {percent(above, (forecast.quantile_levels[0], forecast.quantile_levels[-1]))} "
        "of the outcomes were forecast at or below it",
    )


def table(forecast: QuantileForecast, came: Sequence[float] = ()) -> str:
    """Median and bands after a few numbers of days, in prices, and what came where it is known."""
    bands = [forecast.band(share) for share in SHARES]
    median = forecast.price_quantile(0.5)
    last = len(forecast.dates)
    rows = []
    for day in sorted({min(day, last) for day in TABLE_DAYS}):
        cells = "".join(
            f"<td>{price(low[day - 1])} – {price(high[day - 1])}</td>" for low, high in bands
        )
        if len(came):
            cells += f"<td>{price(came[day - 1]) if day <= len(came) else '–'}</td>"
        rows.append(
            f"<tr><td>{in_days(day)}, {forecast.dates[day - 1]:%d %b}</td>"
            f"<td>{price(median[day - 1])}</td>{cells}</tr>"
        )
    heads = ["ahead", "median", *IN_WORDS.values(), *(["what came"] if len(came) else [])]
    return (
        '<div class="scroll-x"><table class="quantiles"><thead><tr>'
        f"{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def saves(stem: str, files: dict[str, str]) -> str:
    """Links that save texts as files, all within the page: suffix -> content."""
    kinds = {"csv": "text/csv", "json": "application/json"}
    links = "".join(
        f'<a class="save" download="{escape(stem)}.{suffix}" href="data:{kinds[suffix]};'
        f'charset=utf-8;base64,{b64encode(content.encode()).decode()}">Save as '
        f"{suffix.upper()}</a>"
        for suffix, content in files.items()
    )
    return f'<div class="saves">{links}</div>'


# ---- the record


def record(past: TrackRecord, ticker: str, kind: str) -> str:
    """How often the bands held on this ticker, beside what they promise: since the first day that
    the network never learned from, or before it where there is nothing later."""
    tested, early = past.between(first=TESTED_FROM), past.between(end=TESTED_FROM)
    head = f"<h4>{escape(texts.RECORD_TITLE.format(ticker=ticker))}</h4>"
    if not len(past):
        return head + notes([texts.RECORD_NONE.format(days=in_days(past.days))])
    counted = tested if len(tested) else past
    told = (texts.RECORD_TESTED if len(tested) else texts.RECORD_TRAINED).format(
        count=len(counted),
        days=in_days(past.days),
        first=_day(counted.dates[0, 0]),
        last=_day(counted.dates[-1, -1]),
        tested=long_day(TESTED_FROM),
    )
    aside = ""
    if len(tested) and len(early):
        aside = texts.RECORD_EARLIER.format(
            count=len(early), tested=long_day(TESTED_FROM), held=percent(early.coverage(0.8))
        )
    return (
        f"{head}{notes([texts.RECORD_SIMULATED]) if kind == 'simulated' else ''}"
        f'<div class="status">{told}</div>{"".join(_meter(counted, s) for s in SHARES)}'
        f'<div class="status">{aside}</div>'
    )


def _meter(past: TrackRecord, share: float) -> str:
    held, count = past.coverage(share), len(past)
    spread = chance(share, count)
    if abs(held - share) <= spread:
        verdict = texts.RECORD_FIT
    else:
        verdict = texts.RECORD_MORE if held > share else texts.RECORD_FEWER
    inside = round(held * count)
    return (
        f'<div class="meter"><span>{100 * share:.0f} % band</span>'
        f'<div class="meter-bar" aria-hidden="true"><i style="width:{100 * held:.1f}%"></i>'
        f'<u style="left:{100 * share:.0f}%"></u></div>'
        f"<b>held {100 * held:.0f} %</b><small>{inside:,} of {count:,}; "
        f"{verdict.format(points=100 * spread)}</small></div>"
    )


def _day(day: np.datetime64) -> str:
    return long_day(day.astype(date))


# ---- two tickers


def comparison(forecasts: Sequence[QuantileForecast], chances: Sequence[Odds]) -> str:
    """Two forecasts in numbers, a column each."""
    days = in_days(chances[0].days)

    def span(forecast: QuantileForecast, share: float) -> str:
        ends = (math.log(edge[-1] / forecast.last_price) for edge in forecast.band(share))
        return " to ".join(map(move, ends))

    pairs = list(zip(forecasts, chances, strict=True))
    rows = [
        ("last price", [f"{price(f.last_price)}, {f.as_of:%d %b %Y}" for f in forecasts]),
        *(
            (f"{100 * share:.0f} % band after {days}", [span(f, share) for f in forecasts])
            for share in SHARES
        ),
        (f"a rise in {days}", [percent(o.rise, o.bounds) for _, o in pairs]),
        ("its base rate", [_share(o.rise_before) for _, o in pairs]),
        ("a fall of more than 10 %", [percent(o.fall, o.bounds) for _, o in pairs]),
        ("its base rate", [_share(o.fall_before) for _, o in pairs]),
        ("prices from", [escape(f.source) for f in forecasts]),
    ]
    body = "".join(
        f"<tr><td>{title}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
        for title, cells in rows
    )
    heads = "".join(f"<th>{escape(f.ticker)}</th>" for f in forecasts)
    return (
        '<div class="scroll-x"><table class="quantiles two"><thead><tr><th></th>'
        f"{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _share(share: float | None) -> str:
    return "–" if share is None else percent(share)
