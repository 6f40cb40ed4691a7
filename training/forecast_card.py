"""The model card of a forecasting network: prose and its table; nothing is computed here."""

from __future__ import annotations

from typing import Any

from training.card import ModelCard, Result


def card(name: str, metrics: dict[str, Any]) -> ModelCard:
    """The card of the checkpoint ``name`` with the ``metrics`` that the training wrote."""
    dataset = "Daily US share prices"
    split = f"{metrics['test_start']} to {metrics['test_end']}"
    horizons = {int(h): scores for h, scores in metrics["horizons"].items()}
    results = [
        Result(
            metric="crps",
            name=f"CRPS of the log return over {h} day{'s' if h > 1 else ''} (%)",
            value=scores["network"]["crps_percent"],
            dataset=dataset,
            split=split,
            baseline_name="random walk",
            baseline_value=scores["random_walk"]["crps_percent"],
        )
        for h, scores in horizons.items()
    ]
    return ModelCard(
        name=name,
        title=f"{name}: how far a stock may move in the next 30 trading days",
        task_tag="time-series-forecasting",
        description=DESCRIPTION + _coverage_table(horizons),
        data=f"Daily prices of {metrics['tickers']} tickers from 2000 on, adjusted for splits and"
        " dividends, from Yahoo Finance. Targets before 2018 trained the network, 2018-2019 stopped"
        " the training and set the width of each horizon, and the days from 2020 on were read"
        " once, for the table above.",
        limits=LIMITS,
        usage=USAGE.format(name=name),
        results=results,
    )


def _coverage_table(horizons: dict[int, dict[str, Any]]) -> str:
    lines = [
        "| days ahead | forecasts | 50 % band | 80 % band | 95 % band |",
        "|---|---|---|---|---|",
    ]
    for h, scores in horizons.items():
        shares = " | ".join(
            f"{100 * share:.1f} %" for share in scores["network"]["coverage"].values()
        )
        lines.append(f"| {h} | {scores['forecasts']:,} | {shares} |")
    return "\n".join(lines)


DESCRIPTION = """A stacked recurrent network, one for all tickers. From the open, high, low, close
and volume of the past days, and from the closes of the market, it gives quantiles of the cumulative
log return for 1 to 30 trading days ahead. Its median stays close to today's price by design: its
skill lies in the width of the bands.

How many of the test's outcomes lay inside the bands:

"""

LIMITS = """- Not advice: it does not tell which price will rise.
- The tickers are of a recent list of constituents of the S&P 500, so only survivors were seen: real
  shares fall, and fail, more often.
- It knows nothing but the prices and volumes of the one series and the closes of its market: no
  news, no calendar of reports.
- Outcomes beyond the outermost quantiles (0.5 % and 99.5 %) are not described.
- Errors of forecasts for many shares on one day are not independent."""

USAGE = """
from data.prices import read_csv
from inference.forecasting import Forecaster

forecaster = Forecaster.from_pretrained("weights/{name}")
forecast = forecaster.predict(read_csv("prices.csv"), days=20)
print(forecast.price_quantile(0.1), forecast.price_quantile(0.9))
"""
