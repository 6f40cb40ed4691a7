"""Laws of the sums and of the figures read from them: nothing is lost, and parts make the whole."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from training.forecast_metrics import brier_score, mase
from training.forecast_record import PIT_BINS, Record
from training.forecast_scores import BANDS, TAILS, TickerScores
from training.forecast_summary import summarise
from training.forecast_tests import christoffersen, diebold_mariano, kupiec

CALENDAR = np.arange(np.datetime64("2020-11-20"), np.datetime64("2021-02-28"))  # 100 days
MODELS = ("network", "garch")


def scores(seed: int, count: int = 100) -> TickerScores:
    rng = np.random.default_rng(seed)
    shape = (len(MODELS), count)
    return TickerScores(
        days=np.arange(len(CALENDAR) - count, len(CALENDAR)),
        moves=rng.standard_normal(count),
        naive_error=2.0,
        crps=rng.exponential(size=shape) + np.array([[0.0], [0.5]]),
        inside=rng.random((*shape, len(BANDS))) < BANDS,
        misses=rng.random((*shape, len(TAILS))) < 0.05,
        pit=rng.random(shape),
        rise=rng.random(shape),
        error=rng.standard_normal(shape),
    )


FIRST, SECOND, THIRD = scores(1), scores(2, 60), scores(3)


def filled() -> Record:
    record = Record(MODELS, CALENDAR, (1, 5), "one")
    record.add("A", "seen", {1: FIRST, 5: None})
    record.add("B", "seen", {1: SECOND, 5: SECOND})
    record.add("C", "kept_out", {1: THIRD, 5: None})
    return record


@pytest.fixture(scope="module")
def figures() -> dict:
    return summarise(filled(), ("garch",))


def test_means_are_taken_over_all_forecasts_of_all_tickers(figures: dict) -> None:
    together = np.concatenate([FIRST.crps, SECOND.crps, THIRD.crps], axis=1).mean(axis=1)
    inside = np.concatenate([FIRST.inside, SECOND.inside, THIRD.inside], axis=1).mean(axis=1)
    moves = np.concatenate([FIRST.moves, SECOND.moves, THIRD.moves])
    rise = np.concatenate([FIRST.rise, SECOND.rise, THIRD.rise], axis=1)
    total = figures["1"]["all"]
    assert (total["tickers"], total["forecasts"], total["days"]) == (3, 260, 100)
    assert total["share_of_rises"] == pytest.approx((moves > 0).mean(), abs=1e-4)
    for m, name in enumerate(MODELS):
        of_model = total["models"][name]
        assert of_model["crps_percent"] == pytest.approx(together[m], abs=1e-5)
        assert list(of_model["coverage"].values()) == pytest.approx(inside[m], abs=1e-4)
        assert of_model["brier"] == pytest.approx(brier_score(rise[m], moves > 0), abs=1e-5)
        hits = ((rise[m] > 0.5) == (moves > 0)).mean()
        assert of_model["direction"] == {"accuracy": pytest.approx(hits, abs=1e-4), "called": 1.0}
        assert len(of_model["pit_histogram"]) == PIT_BINS
        assert sum(of_model["pit_histogram"]) == pytest.approx(1.0, abs=1e-3)
        expected = np.mean([mase(s.error[m], 2.0) for s in (FIRST, SECOND, THIRD)])
        assert of_model["mase"] == pytest.approx(expected, abs=1e-4)


def test_the_years_and_the_groups_make_up_the_whole(figures: dict) -> None:
    def crps(part: dict) -> float:
        return part["models"]["network"]["crps_percent"]

    total, seen, kept = (figures["1"][group] for group in ("all", "seen", "kept_out"))
    assert seen["forecasts"] + kept["forecasts"] == total["forecasts"]
    assert seen["tickers"] + kept["tickers"] == total["tickers"]
    parts = crps(seen) * seen["forecasts"] + crps(kept) * kept["forecasts"]
    assert parts / total["forecasts"] == pytest.approx(crps(total), abs=2e-5)
    for part in (seen, kept):
        assert sum(part["models"]["network"]["pit_histogram"]) == pytest.approx(1.0, abs=1e-3)
    counts = {year: part["forecasts"] for year, part in total["years"].items()}
    assert counts == {"2020": 42 + 2 + 42, "2021": 58 * 3}
    years = total["models"]["network"]["years"]
    by_year = sum(years[year]["crps_percent"] * count for year, count in counts.items())
    assert by_year / total["forecasts"] == pytest.approx(crps(total), abs=2e-5)


def test_the_comparison_is_of_means_over_the_tickers_of_each_day(figures: dict) -> None:
    days = []
    for day in range(100):
        of_day = [s.crps[:, s.days == day] for s in (FIRST, SECOND, THIRD)]
        days.append(np.concatenate(of_day, axis=1).mean(axis=1))
    expected = diebold_mariano(*np.array(days).T)
    against = figures["1"]["all"]["models"]["network"]["against"]["garch"]
    assert against["dm_t"] == pytest.approx(expected.statistic, abs=0.01)
    assert against["dm_p"] == pytest.approx(expected.p_value, abs=1e-5)
    assert against["crps_percent"] < 0
    assert figures["1"]["all"]["models"]["garch"]["against"] == {}


def test_the_share_of_rejected_tickers_counts_those_where_a_test_is_defined() -> None:
    record = Record(MODELS, CALENDAR, (1,), "")
    never = dataclasses.replace(FIRST, misses=np.zeros_like(FIRST.misses))
    often = dataclasses.replace(FIRST, misses=FIRST.pit[..., None] < np.array([0.3, 0.3]))
    for ticker, one in (("A", never), ("B", often)):
        record.add(ticker, "seen", {1: one})
    figures = summarise(record, ("garch",))["1"]["seen"]["models"]["network"]["rejected"]["0.05"]
    below = often.misses[0, :, 0]
    assert kupiec(np.zeros(100, bool), 0.05).p_value < 0.05  # never is too seldom
    assert figures["kupiec"] == {"share": 1.0, "tickers": 2}
    rejected = float(christoffersen(below, 0.05)[0].p_value < 0.05)
    assert figures["independence"] == {"share": rejected, "tickers": 1}
    assert figures["joint"] == {"share": 1.0, "tickers": 1}


def test_both_tails_promise_as_few_misses() -> None:
    record = Record(MODELS, CALENDAR, (1,), "")
    five = np.zeros_like(FIRST.misses)
    five[:, ::20] = True  # 5 of 100, below as above
    record.add("A", "seen", {1: dataclasses.replace(FIRST, misses=five)})
    rejected = summarise(record, ("garch",))["1"]["seen"]["models"]["network"]["rejected"]
    for tail in TAILS:
        assert rejected[f"{tail:g}"]["kupiec"] == {"share": 0.0, "tickers": 1}


def test_a_group_without_a_ticker_is_left_out(figures: dict) -> None:
    assert set(figures["1"]) == {"all", "seen", "kept_out"}
    assert set(figures["5"]) == {"all", "seen"}
    assert summarise(Record(MODELS, CALENDAR, (1,), ""), ()) == {}


def test_what_is_undefined_is_none_and_all_is_plain_json() -> None:
    record = Record(MODELS, CALENDAR, (1,), "")
    half = np.full_like(FIRST.rise, 0.5)
    record.add("A", "seen", {1: dataclasses.replace(FIRST, naive_error=0.0, rise=half)})
    network = summarise(record, ("garch",))["1"]["all"]["models"]["network"]
    assert network["mase"] is None
    assert network["direction"] == {"accuracy": None, "called": 0.0}
    json.dumps(summarise(filled(), ("garch",)), allow_nan=False)


def test_a_saved_record_goes_on_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    path = tmp_path / "run" / "record.npz"
    first = Record(MODELS, CALENDAR, (1, 5), "one")
    first.add("A", "seen", {1: FIRST, 5: None})
    first.save(path)
    second = Record(MODELS, CALENDAR, (1, 5), "one")
    assert second.load(path)
    assert second.tickers == ["A"]
    second.add("B", "seen", {1: SECOND, 5: SECOND})
    second.add("C", "kept_out", {1: THIRD, 5: None})
    assert summarise(second, ("garch",)) == summarise(filled(), ("garch",))
    assert [p.name for p in path.parent.iterdir()] == ["record.npz"]


def test_a_record_of_something_else_is_not_gone_on_with(tmp_path: Path) -> None:
    filled().save(tmp_path / "record.npz")
    other = Record(MODELS, CALENDAR, (1, 5), "two")
    assert not other.load(tmp_path / "record.npz")
    assert not other.load(tmp_path / "absent.npz")
    assert other.tickers == []
