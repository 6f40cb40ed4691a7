"""The record of forecasters on days they never saw: ``python -m training.forecast_evaluation``.

Every network of the task and every baseline forecast the same days of the same tickers, through the
code that the app runs; the figures go to ``results/forecasting/record.json``. No network is
trained. It is one pass over the tickers in bounded memory, and what is done is kept in
``--run-dir``: the command can be stopped, and called again with ``--resume``. GARCH's fits, the
slowest part, stay there.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from data.forecasting import VALIDATION_END, kept_out
from data.market import Market
from data.price_table import COLUMNS
from data.prices import PriceHistory
from data.sources import load_price_panel
from inference.forecasting import TASK, Forecaster, daily_series
from inference.registry import Registry
from models.baselines import Baseline, Drift, Ewma, HistoricalSimulation, RandomWalk
from models.checkpoint import WEIGHTS_FILE, write_json
from models.forecasting import LEVELS
from models.har import Har
from training.flags import option, parse_flags
from training.forecast_figures import write_figures
from training.forecast_garch import Garch
from training.forecast_record import Record
from training.forecast_report import RECORD
from training.forecast_scores import Forecast, score_ticker
from training.forecast_summary import summarise
from training.script import run_script

HORIZONS = (1, 5, 20)  # trading days
RIVALS = ("random_walk", "garch", "har")  # what every model is set against
ALONE = " without the market"
SAVE_SECONDS = 30.0
BASELINES = {
    "random_walk": "random walk, Normal, deviation of the last 500 days",
    "drift": "random walk, Normal, with the mean of all days so far",
    "historical_simulation": "quantiles of the last 500 days, times the root of the days ahead",
    "ewma": "RiskMetrics, decay 0.94, Normal",
    "ewma_filtered": "RiskMetrics, decay 0.94, with the standardised returns of the last 500 days",
    "garch": "GARCH(1,1) with Student-t shocks, fitted anew each January",
    "gjr": "GJR(1,1,1) with Student-t shocks, fitted anew each January",
    "har": "HAR on the daily range, one for all tickers, fitted on all days before the test",
}


@dataclass(frozen=True)
class EvaluationConfig:
    """What is measured, on what, and where it is read and written."""

    networks: str = option("", "checkpoints, separated by commas; empty: all of the task")
    tickers: str = option("", "only these, separated by commas, HAR fitted on them; empty: all")
    start: str = option(str(VALIDATION_END), "first day of a forecast")
    end: str = option("", "day before which all targets lie; empty: the end of the prices")
    data_dir: str | None = option(None, "folder with raw data at hand; else it is downloaded")
    weights_dir: str = option("weights", "folder of the checkpoints")
    run_dir: str = option("runs", "folder for what is done so far, and for GARCH's fits")
    results_dir: str = option("results", "folder for forecasting/record.json")
    resume: bool = option(False, "go on where the same evaluation was stopped")


def main(argv: Sequence[str] | None = None) -> None:
    """Measure the networks and the baselines, and write the results."""
    (config,) = parse_flags(argv, EvaluationConfig, description=__doc__.split("\n")[0])
    names = config.networks.split(",") if config.networks else None
    folders = [
        Path(config.weights_dir) / name
        for name in names or Registry(config.weights_dir).names(TASK)
    ]
    result = record(
        folders,
        load_price_panel(
            Path(config.data_dir) if config.data_dir else None,
            config.tickers.split(",") if config.tickers else None,
        ),
        Path(config.run_dir) / "forecasting",
        start=np.datetime64(config.start),
        end=np.datetime64(config.end) if config.end else None,
        resume=config.resume,
    )
    write_json(Path(config.results_dir) / RECORD, result)
    write_figures(Path(config.results_dir))


def record(
    networks: Sequence[Path],
    prices: pd.DataFrame,
    run_dir: Path,
    start: np.datetime64 = VALIDATION_END,
    end: np.datetime64 | None = None,
    resume: bool = False,
) -> dict[str, Any]:
    """All figures of the networks in these checkpoint folders, each called by the name of its
    folder, and of all baselines; of the first network without the market, too.

    prices: columns Date Open High Low Close Volume Ticker, sorted by Ticker and Date. ValueError
    when the networks differ in their quantile levels, or when there is no day to be evaluated on.
    """
    forecasters = [Forecaster.from_pretrained(folder) for folder in networks]
    levels = forecasters[0].config.quantile_levels if forecasters else LEVELS
    if any(forecaster.config.quantile_levels != levels for forecaster in forecasters):
        raise ValueError("Only networks with the same quantile levels can be compared.")
    prices = _before(prices, end)
    rivals = baselines(prices, start, run_dir / "fits")
    market = panel_market(prices)
    models: dict[str, Forecast] = {f.name: with_market(f, market) for f in forecasters}
    models |= {f"{f.name}{ALONE}": f.predict_origins for f in forecasters[:1]}
    models |= {name: as_forecast(baseline, levels) for name, baseline in rivals.items()}
    weights = [(Path(folder) / WEIGHTS_FILE).read_bytes() for folder in networks]
    measured = measure(
        models,
        prices,
        levels,
        start,
        state=run_dir / "record.npz",
        resume=resume,
        identity=f"{_digest(prices)} {_sha256(*weights)} {start} {levels} {rivals}",
    )
    return {
        "test_start": str(start),
        "test_end": str(measured.calendar[-1]),
        "quantile_levels": list(levels),
        "kept_out": sorted(kept_out(measured.tickers)),
        "networks": [forecaster.name for forecaster in forecasters],
        "baselines": BASELINES,
        "horizons": summarise(measured, RIVALS),
    }


def evaluate(
    forecaster: Forecaster,
    prices: pd.DataFrame,
    start: np.datetime64 = VALIDATION_END,
    end: np.datetime64 | None = None,
) -> dict[str, Any]:
    """CRPS (in % of log return) and coverage per horizon, of one network and of the random walk:
    what a model card says, without the minutes that `record` takes.

    ValueError without any day to be evaluated on.
    """
    levels, longest = forecaster.config.quantile_levels, forecaster.config.prediction_length
    prices = _before(prices, end)
    models = {
        "network": with_market(forecaster, panel_market(prices)),
        "random_walk": as_forecast(RandomWalk(), levels),
    }
    horizons = [h for h in HORIZONS if h <= longest]
    measured = measure(models, prices, levels, start, horizons)
    result: dict[str, Any] = {}
    for horizon, groups in summarise(measured, ("random_walk",)).items():
        scores = groups["all"]["models"]
        against = scores["network"]["against"]["random_walk"]["crps_percent"]
        result[horizon] = {
            "forecasts": groups["all"]["forecasts"],
            **{name: {k: s[k] for k in ("crps_percent", "coverage")} for name, s in scores.items()},
            "crps_against_random_walk_percent": against,
        }
    return {
        "test_start": str(start),
        "test_end": str(measured.calendar[-1]),
        "tickers": len(measured.tallies[1].groups),
        "baseline": f"random walk, Normal, {RandomWalk().window}-day sigma",
        "horizons": result,
    }


def baselines(prices: pd.DataFrame, start: np.datetime64, fits: Path) -> dict[str, Baseline]:
    """All of BASELINES. HAR is fitted here, on the days before `start` of the tickers that are not
    kept out; GARCH keeps its fits in the folder `fits`."""
    out = kept_out(prices["Ticker"].unique())
    series = [daily_series(history) for history in histories(prices) if history.ticker not in out]
    return {
        "random_walk": RandomWalk(),
        "drift": Drift(),
        "historical_simulation": HistoricalSimulation(),
        "ewma": Ewma(),
        "ewma_filtered": Ewma(filtered=True),
        "garch": Garch(cache=fits),
        "gjr": Garch(asymmetric=True, cache=fits),
        "har": Har.fit(series, max(HORIZONS), start),
    }


def panel_market(prices: pd.DataFrame) -> Market:
    """The mean of the tickers that are not kept out, as in training."""
    return Market.of_panel(prices[~prices["Ticker"].isin(kept_out(prices["Ticker"].unique()))])


def with_market(forecaster: Forecaster, market: Market) -> Forecast:
    """A network that is told of the market."""

    def forecast(history: PriceHistory, origins: np.ndarray, days: int) -> np.ndarray:
        return forecaster.predict_origins(history, origins, days, market)

    return forecast


def as_forecast(baseline: Baseline, levels: Sequence[float]) -> Forecast:
    """A baseline in the form in which models are measured."""

    def forecast(history: PriceHistory, origins: np.ndarray, days: int) -> np.ndarray:
        return baseline.predict_origins(daily_series(history), origins, days, levels)

    return forecast


def histories(prices: pd.DataFrame) -> Iterator[PriceHistory]:
    """The series of a price panel, one after the other."""
    for ticker, group in prices.groupby("Ticker", sort=True, observed=True):
        frame = group.set_index("Date")[list(COLUMNS)].astype(np.float64)
        yield PriceHistory(str(ticker), frame, "price panel")


def measure(
    models: Mapping[str, Forecast],
    prices: pd.DataFrame,
    levels: Sequence[float],
    start: np.datetime64 = VALIDATION_END,
    horizons: Sequence[int] = HORIZONS,
    state: Path | None = None,
    resume: bool = False,
    identity: str = "",
) -> Record:
    """The sums of the scores of all models on all tickers, those seen and those kept out.

    Origins are the days from `start` on; for h days ahead every h-th day of the common calendar. A
    ticker needs MINIMUM_DAYS of prices up to an origin. state: file for the sums so far; `resume`
    goes on from them, if their `identity` is the same. ValueError without any origin.
    """
    calendar = np.unique(prices["Date"].to_numpy("datetime64[D]"))
    calendar = calendar[calendar >= start]
    if not len(calendar):
        raise ValueError("No ticker has a day to be evaluated on.")
    result = Record(list(models), calendar, horizons, identity)
    if resume and state and not result.load(state):
        print("There is nothing to go on from, so this begins anew.", file=sys.stderr)
    names = prices["Ticker"].unique()
    done, out, saved = set(result.tickers), kept_out(names), time.monotonic()
    for history in tqdm(histories(prices), desc="evaluation", unit="ticker", total=len(names)):
        if history.ticker in done:
            continue
        group = "kept_out" if history.ticker in out else "seen"
        scores = {h: score_ticker(models, history, calendar, np.array(levels), h) for h in horizons}
        result.add(history.ticker, group, scores)
        if state and time.monotonic() - saved > SAVE_SECONDS:
            result.save(state)
            saved = time.monotonic()
    if state:
        result.save(state)
    if not any(len(tally.groups) for tally in result.tallies.values()):
        raise ValueError("No ticker has a day to be evaluated on.")
    return result


def _before(prices: pd.DataFrame, end: np.datetime64 | None) -> pd.DataFrame:
    return prices if end is None else prices[prices["Date"] < pd.Timestamp(end)]


def _digest(prices: pd.DataFrame) -> str:
    columns = [prices[c].to_numpy(np.float64).tobytes() for c in COLUMNS]
    dates = prices["Date"].to_numpy("datetime64[D]").tobytes()
    return _sha256(dates, ",".join(prices["Ticker"]).encode(), *columns)


def _sha256(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


if __name__ == "__main__":
    run_script(main)
