"""Sums of scores over tickers, in bounded memory, and the figures that are read from them.

A `Record` grows by one ticker at a time and can be saved and loaded between two of them. It makes
no forecast.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.forecast_metrics import brier_score, direction_hits, mase, pit_counts
from training.forecast_scores import BANDS, TAILS, TickerScores
from training.forecast_tests import christoffersen, kupiec

GROUPS = ("seen", "kept_out")
PIT_BINS = 20
STATISTICS = ("crps", *(f"inside_{band:g}" for band in BANDS), "brier", "hits", "called")
TESTS = ("kupiec", "independence", "joint")


class Tally:
    """Sums at one horizon: G groups, Y years, M models, C days of the calendar, T tickers so far.

    counts (G, Y, 2): forecasts, and how many of them came as a rise. sums (G, Y, M, STATISTICS).
    pits (G, M, PIT_BINS). daily (G, C, 1 + M): forecasts of a day, and the sum of their CRPS.
    groups (T,): the group of a ticker. mase (T, 1 + M): of "the price stays", and of the models.
    p_values (T, M, TAILS, TESTS).
    """

    def __init__(self, models: int, years: int, days: int) -> None:
        groups = len(GROUPS)
        self.counts = np.zeros((groups, years, 2), dtype=np.int64)
        self.sums = np.zeros((groups, years, models, len(STATISTICS)))
        self.pits = np.zeros((groups, models, PIT_BINS), dtype=np.int64)
        self.daily = np.zeros((groups, days, 1 + models))
        self.groups = np.zeros(0, dtype=np.int64)
        self.mase = np.zeros((0, 1 + models))
        self.p_values = np.zeros((0, models, len(TAILS), len(TESTS)))

    def add(self, group: int, year_of_day: np.ndarray, scores: TickerScores) -> None:
        """Count the forecasts of one ticker in; year_of_day (C,): the number of its year."""
        rose = scores.moves > 0
        years = year_of_day[scores.days]
        for year in np.unique(years):
            chosen = years == year
            self.counts[group, year] += (chosen.sum(), rose[chosen].sum())
            self.sums[group, year] += _statistics(scores, rose, chosen)
        self.pits[group] += [pit_counts(pit, PIT_BINS) for pit in scores.pit]
        losses = np.vstack([np.ones(len(rose)), scores.crps])
        np.add.at(self.daily[group], scores.days, losses.T)
        errors = np.vstack([scores.moves, scores.error])
        self.groups = np.append(self.groups, group)
        self.mase = np.vstack([self.mase, [mase(e, scores.naive_error) for e in errors]])
        self.p_values = np.concatenate([self.p_values, _p_values(scores.misses)[None]])


def _statistics(scores: TickerScores, rose: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Sums over the chosen forecasts: (M, STATISTICS)."""
    count = chosen.sum()
    rows = []
    for crps, inside, rise in zip(scores.crps, scores.inside, scores.rise, strict=True):
        brier = count * brier_score(rise[chosen], rose[chosen])
        hits = direction_hits(rise[chosen], rose[chosen])
        rows.append([crps[chosen].sum(), *inside[chosen].sum(axis=0), brier, *hits])
    return np.array(rows)


def _p_values(misses: np.ndarray) -> np.ndarray:
    """Of the tests of each model's misses (M, n, TAILS): (M, TAILS, TESTS)."""
    result = np.empty((len(misses), len(TAILS), len(TESTS)))
    for model, of_model in enumerate(misses):
        for tail, level in enumerate(TAILS):
            promised = min(level, 1.0 - level)
            series = of_model[:, tail]
            verdicts = (kupiec(series, promised), *christoffersen(series, promised))
            result[model, tail] = [verdict.p_value for verdict in verdicts]
    return result


class Record:
    """The sums of a test: which models, which tickers so far, a `Tally` for each horizon.

    calendar (C,): the days of the test, datetime64[D]. identity: what the record must be of to be
    gone on with, in words.
    """

    def __init__(
        self, models: Sequence[str], calendar: np.ndarray, horizons: Sequence[int], identity: str
    ) -> None:
        self.models = tuple(models)
        self.calendar = calendar
        self.identity = identity
        self.tickers: list[str] = []
        years, self._year_of_day = np.unique(calendar.astype("datetime64[Y]"), return_inverse=True)
        self.years = tuple(str(year) for year in years)
        self.tallies = {
            horizon: Tally(len(self.models), len(years), len(calendar)) for horizon in horizons
        }

    def add(self, ticker: str, group: str, scores: dict[int, TickerScores | None]) -> None:
        """Count one ticker in, with its scores at each horizon where it has any."""
        for horizon, of_horizon in scores.items():
            if of_horizon is not None:
                self.tallies[horizon].add(GROUPS.index(group), self._year_of_day, of_horizon)
        self.tickers.append(ticker)

    def save(self, path: Path) -> None:
        """Write the sums, atomically."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        arrays = {
            f"{horizon} {name}": array
            for horizon, tally in self.tallies.items()
            for name, array in vars(tally).items()
        }
        with part.open("wb") as file:
            np.savez(file, identity=self.identity, tickers=np.array(self.tickers, str), **arrays)
        os.replace(part, path)

    def load(self, path: Path) -> bool:
        """Go on from saved sums; False, and nothing done, when there are none of this identity."""
        if not path.is_file():
            return False
        with np.load(path, allow_pickle=False) as saved:
            if str(saved["identity"]) != self.identity:
                return False
            for horizon, tally in self.tallies.items():
                for name in vars(tally):
                    setattr(tally, name, saved[f"{horizon} {name}"])
            self.tickers = saved["tickers"].tolist()
        return True
