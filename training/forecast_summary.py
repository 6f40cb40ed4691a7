"""The figures of a `Record` as they are published: numbers and names only, ready for JSON.

Nothing is forecast or scored here. What is undefined is None.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from training.forecast_record import GROUPS, STATISTICS, TESTS, Record, Tally
from training.forecast_scores import BANDS, TAILS
from training.forecast_tests import diebold_mariano

SIGNIFICANCE = 0.05


def summarise(record: Record, rivals: Sequence[str]) -> dict[str, Any]:
    """Figures by horizon ("1"), then by group ("all", "seen", "kept_out", where it has a ticker).

    rivals: the models against which each is set, by Diebold-Mariano on the means over the tickers
    of each day.
    """
    result: dict[str, Any] = {}
    for horizon, tally in record.tallies.items():
        groups = {
            name: _group(record, tally, chosen, rivals)
            for name, chosen in (("all", [0, 1]), *((g, [i]) for i, g in enumerate(GROUPS)))
            if np.isin(tally.groups, chosen).any()
        }
        if groups:
            result[str(horizon)] = groups
    return result


def _group(
    record: Record, tally: Tally, chosen: list[int], rivals: Sequence[str]
) -> dict[str, Any]:
    """Figures of the tickers of the chosen groups."""
    counts = tally.counts[chosen].sum(axis=0)  # (Y, 2)
    sums = tally.sums[chosen].sum(axis=0)  # (Y, M, STATISTICS)
    daily = tally.daily[chosen].sum(axis=0)
    daily = daily[daily[:, 0] > 0]
    losses = daily[:, 1:] / daily[:, :1]  # of each day, mean over its tickers: (days, M)
    members = np.isin(tally.groups, chosen)
    forecasts, rises = (int(count) for count in counts.sum(axis=0))
    share = rises / forecasts
    with_mase = np.isfinite(tally.mase[members]).all(axis=1)
    mases = tally.mase[members][with_mase]
    pits = tally.pits[chosen].sum(axis=0) / forecasts

    models = {}
    for m, name in enumerate(record.models):
        total = sums[:, m].sum(axis=0)
        models[name] = {
            **_basic(total, forecasts),
            "mase": _number(mases[:, 1 + m].mean() if len(mases) else math.nan, 4),
            "brier": _number(_statistic(total, "brier") / forecasts, 5),
            "direction": _direction(total, forecasts),
            "pit_histogram": [_number(value, 4) for value in pits[m]],
            "rejected": _rejected(tally.p_values[members][:, m]),
            "against": _against(record, m, sums.sum(axis=0)[:, 0], losses, rivals),
            "years": {
                year: _basic(sums[y, m], int(counts[y, 0])) | _margins(record, m, sums[y], rivals)
                for y, year in enumerate(record.years)
                if counts[y, 0]
            },
        }
    return {
        "tickers": int(members.sum()),
        "forecasts": forecasts,
        "days": len(daily),
        "share_of_rises": _number(share, 4),
        "brier_of_that_share": _number(share * (1.0 - share), 5),
        "mase_of_no_change": _number(mases[:, 0].mean() if len(mases) else math.nan, 4),
        "years": {
            year: {"forecasts": int(n), "share_of_rises": _number(up / n, 4)}
            for year, (n, up) in zip(record.years, counts, strict=True)
            if n
        },
        "models": models,
    }


def _basic(total: np.ndarray, forecasts: int) -> dict[str, Any]:
    """CRPS and coverage from the sums (STATISTICS,) of one model."""
    inside = {f"{band:g}": _statistic(total, f"inside_{band:g}") / forecasts for band in BANDS}
    return {
        "crps_percent": _number(_statistic(total, "crps") / forecasts, 5),
        "coverage": {band: _number(value, 4) for band, value in inside.items()},
    }


def _direction(total: np.ndarray, forecasts: int) -> dict[str, Any]:
    hits, called = _statistic(total, "hits"), _statistic(total, "called")
    return {
        "accuracy": _number(hits / called if called else math.nan, 4),
        "called": _number(called / forecasts, 4),
    }


def _rejected(p_values: np.ndarray) -> dict[str, Any]:
    """Share of the tickers whose misses a test rejects, by tail; p_values (T, TAILS, TESTS)."""
    result = {}
    for tail, level in enumerate(TAILS):
        values = {}
        for test, name in enumerate(TESTS):
            defined = p_values[:, tail, test][np.isfinite(p_values[:, tail, test])]
            share = (defined < SIGNIFICANCE).mean() if len(defined) else math.nan
            values[name] = {"share": _number(share, 4), "tickers": len(defined)}
        result[f"{level:g}"] = values
    return result


def _against(
    record: Record, model: int, crps: np.ndarray, losses: np.ndarray, rivals: Sequence[str]
) -> dict[str, Any]:
    """Difference of the CRPS in %, and whether it could be luck, against each rival but itself."""
    result = {}
    for rival in rivals:
        other = record.models.index(rival)
        if other == model:
            continue
        verdict = diebold_mariano(losses[:, model], losses[:, other])
        result[rival] = {
            "crps_percent": _number(100.0 * (crps[model] / crps[other] - 1.0), 3),
            "dm_t": _number(verdict.statistic, 2),
            "dm_p": _number(verdict.p_value, 5),
        }
    return result


def _margins(
    record: Record, model: int, sums: np.ndarray, rivals: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Differences of the CRPS in % of one year, from its sums (M, STATISTICS)."""
    crps = sums[:, STATISTICS.index("crps")]
    others = {rival: record.models.index(rival) for rival in rivals}
    return {
        "against": {
            rival: _number(100.0 * (crps[model] / crps[other] - 1.0), 3)
            for rival, other in others.items()
            if other != model
        }
    }


def _statistic(total: np.ndarray, name: str) -> float:
    return float(total[STATISTICS.index(name)])


def _number(value: float, digits: int) -> float | None:
    return round(float(value), digits) if math.isfinite(value) else None
