"""The stock tab's HTML says what the numbers say, escapes what came from outside, and never NaN."""

from __future__ import annotations

import base64
import json
import re
from datetime import date, timedelta

import numpy as np
import pytest

from inference.odds import Odds
from inference.predictions import QuantileForecast
from inference.track_record import TrackRecord
from tabs import forecast_html as html
from tabs.texts import stocks as texts

EVIL = "<img src=x onerror=alert(1)>"
LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
Z = np.array([-1.96, -1.28, -0.67, 0.0, 0.67, 1.28, 1.96])
LAST = date(2024, 2, 29)


def make_forecast(days: int = 20, price: float = 100.0) -> QuantileForecast:
    returns = 0.01 * np.sqrt(np.arange(1, days + 1))[:, None] * Z
    dates = tuple(date(2024, 3, 1) + timedelta(days=i) for i in range(days))
    return QuantileForecast("AAPL", LAST, EVIL, "net", price, dates, LEVELS, returns)


def make_odds(**changes: object) -> Odds:
    values = {"days": 20, "rise": 0.53, "fall": 0.04, "bounds": (0.025, 0.975),
              "rise_before": 0.61, "fall_before": 0.06, "windows": 1234}  # fmt: skip
    return Odds(**{**values, **changes})


def make_record(moves: list[float], first: str = "2020-01-06", days: int = 5) -> TrackRecord:
    """One forecast a move (the log return that came), in units of the 80 % band's half width."""
    count = len(moves)
    start = np.datetime64(first) + 7 * np.arange(count)
    dates = start[:, None] + np.arange(days + 1)
    prices = np.full((count, days + 1), 100.0)
    prices[:, -1] = 100.0 * np.exp(0.0128 * np.array(moves))
    returns = np.tile(0.01 * Z, (count, days, 1))
    return TrackRecord("net", days, LEVELS, dates, prices, returns)


def text_of(markup: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", markup)).replace("\N{NO-BREAK SPACE}", " ")


def test_the_summary_names_source_price_and_day_and_escapes() -> None:
    markup = html.summary(make_forecast(), "cache", [EVIL], LAST, LAST)
    assert EVIL not in markup
    assert "closed at 100.00 on 29 February 2024" in text_of(markup)
    assert "old prices" not in markup


def test_old_prices_have_a_badge_that_says_how_old() -> None:
    after = LAST + timedelta(days=html.OLD_DAYS)
    assert "old prices" not in html.summary(make_forecast(), "cache", [], LAST, after)
    told = text_of(
        html.summary(make_forecast(), "cache", [], LAST, after + timedelta(days=1))
    )  # fmt: skip
    assert "old prices: 2024-02-29" in told
    assert "The last price is 8 days old" in told


def test_a_forecast_of_a_past_day_says_so() -> None:
    later = LAST + timedelta(days=90)
    told = text_of(html.summary(make_forecast(), "cache", [], later, later))
    assert "as of 2024-02-29" in told


def test_made_up_prices_are_not_said_to_have_closed() -> None:
    told = text_of(html.summary(make_forecast(), "simulated", ["SIMULATED"], LAST, LAST))
    assert "closed" not in told
    assert "stands in this made-up series" in told


def test_the_odds_stand_beside_their_base_rates() -> None:
    told = text_of(html.tiles(make_forecast(), make_odds(), []))
    assert "A rise in 20 days 53 % base rate 61 %, of 1,234 past windows" in told
    assert "A fall of more than 10 % 4 % base rate 6 %" in told
    assert texts.MEDIAN_BY_DESIGN in told


def test_odds_beyond_the_forecast_say_only_that() -> None:
    told = text_of(html.tiles(make_forecast(), make_odds(fall=0.025, rise=0.975), []))
    assert "under 2.5 %" in told
    assert "over 97.5 %" in told
    none = make_odds(rise_before=None, fall_before=None, windows=0)
    told = text_of(html.tiles(make_forecast(), none, []))
    assert "no base rate" in told
    assert "nan" not in told.lower()


@pytest.mark.parametrize(
    ("factor", "said"),
    [(1.0, "inside the 50 % band"), (1.04, "inside the 80 % band"),
     (1.08, "inside the 95 % band"), (1.2, "outside the 95 % band: a miss"),
     (0.8, "outside the 95 % band: a miss")],
)  # fmt: skip
def test_what_came_is_told_by_the_narrowest_band_that_holds_it(factor, said) -> None:
    came = [100.0] * 19 + [100.0 * factor]
    told = text_of(html.tiles(make_forecast(), make_odds(), came))
    assert "What came after 20 days" in told
    assert said in told


def test_what_came_so_far_is_held_against_its_own_day() -> None:
    told = text_of(html.tiles(make_forecast(), make_odds(), [101.0]))
    assert "What came after 1 day 101.00 (+1.0 %) inside the 80 % band" in told


@pytest.mark.parametrize("days", [1, 3, 5, 20])
def test_the_table_ends_with_the_last_day_and_has_no_day_twice(days) -> None:
    markup = html.table(make_forecast(days))
    assert f"<td>{days} day{'s' * (days > 1)}," in markup
    assert markup.count("<tr>") == 1 + len({min(d, days) for d in html.TABLE_DAYS})


def test_the_table_holds_the_band_bounds_as_prices_and_what_came() -> None:
    row = html.table(make_forecast(1))
    assert f"{100 * np.exp(-0.0128):,.2f} – {100 * np.exp(0.0128):,.2f}" in row
    assert "what came" not in row
    assert "<td>102.50</td>" in html.table(make_forecast(1), [102.5])


def test_small_prices_keep_their_figures() -> None:
    assert "0.0001234" in html.table(make_forecast(1, price=0.0001234))


@pytest.mark.parametrize(
    ("log_return", "told"), [(0.1, "+10.5 %"), (-0.1, "−9.5 %"), (1e-5, "0.0 %"), (-1e-5, "0.0 %")]
)
def test_moves_carry_their_sign(log_return, told) -> None:
    assert html.move(log_return).replace("\N{NO-BREAK SPACE}", " ") == told


def test_the_files_hold_what_was_given() -> None:
    markup = html.saves(f'a"{EVIL}', {"csv": "a,b\n1,2\n", "json": '{"a": "ü"}'})
    assert EVIL not in markup
    contents = [
        base64.b64decode(part).decode() for part in re.findall(r"base64,([^\"]*)\"", markup)
    ]
    assert contents[0] == "a,b\n1,2\n"
    assert json.loads(contents[1]) == {"a": "ü"}


def test_the_record_counts_what_the_bands_held() -> None:
    told = text_of(html.record(make_record([0.0, 0.9, 1.2, 2.0] * 10), "AAPL", "cache"))
    assert "40 forecasts of 5 days" in told
    assert "50 % band held 25 % 10 of 40; fewer than promised" in told
    assert "80 % band held 50 % 20 of 40; fewer than promised" in told
    assert "95 % band held 75 % 30 of 40; fewer than promised" in told
    assert "Not counted" not in told


def test_a_record_within_chance_and_one_too_wide_say_so() -> None:
    told = text_of(html.record(make_record([0.0, 0.3, 0.9, 0.9, 1.2] * 8), "AAPL", "cache"))
    assert "80 % band held 80 % 32 of 40; as promised" in told
    assert "95 % band held 100 % 40 of 40; as promised" in told
    told = text_of(html.record(make_record([0.0] * 40), "AAPL", "cache"))
    assert "50 % band held 100 % 40 of 40; more than promised" in told


def test_days_of_training_are_not_counted_but_told() -> None:
    both = make_record([0.0] * 60, first="2019-07-01")
    told = text_of(html.record(both, "AAPL", "cache"))
    early = int(re.search(r"Not counted: (\d+) forecasts before 1 January 2020", told)[1])
    tested = int(re.search(r"(\d+) forecasts of 5 days", told)[1])
    assert early + tested in (59, 60)
    only = text_of(html.record(make_record([0.0] * 20, first="2012-01-02"), "AAPL", "file"))
    assert "this says little" in only
    assert "20 forecasts" in only


def test_an_empty_record_is_a_sentence() -> None:
    told = text_of(html.record(make_record([]), EVIL, "file"))
    assert "too few prices for a record" in told
    assert "nan" not in told.lower()
    assert EVIL not in html.record(make_record([]), EVIL, "file")


def test_a_record_on_made_up_prices_says_what_it_is_worth() -> None:
    assert texts.RECORD_SIMULATED in html.record(make_record([0.0] * 9), "X", "simulated")


def test_two_tickers_stand_side_by_side() -> None:
    pair = [make_forecast(), make_forecast(price=50.0)]
    markup = html.comparison(pair, [make_odds(), make_odds(rise_before=None, fall=0.2)])
    told = text_of(markup)
    assert "a rise in 20 days 53 % 53 % its base rate 61 % –" in told
    assert "a fall of more than 10 % 4 % 20 %" in told
    assert "last price 100.00, 29 Feb 2024 50.00, 29 Feb 2024" in told
    assert EVIL not in markup


def test_the_legend_tells_marks_from_lines_and_escapes() -> None:
    markup = html.legend(
        [(EVIL, "dash", "red"), ("a miss", "x", "red"), ("band", "fill", "blue"),
         ("bars", "candle", "red")]
    )  # fmt: skip
    assert EVIL not in markup
    assert "dashed" in markup
    assert "✕" in markup
