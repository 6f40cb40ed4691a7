"""The README's tables about forecasts, from ``results/forecasting/*.json``.

Nothing is forecast, scored or tested here: ``training.forecast_evaluation`` and
``training.forecast_ablation`` write those files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.checkpoint import read_json

FOLDER = Path("forecasting")
RECORD = FOLDER / "record.json"
ABLATION = FOLDER / "ablation.json"
GROUPS = {"seen": "tickers of the training", "kept_out": "tickers kept out of it"}
BANDS = ("0.5", "0.8", "0.95")
TITLES = {
    "random_walk": "random walk",
    "drift": "random walk with drift",
    "historical_simulation": "historical simulation",
    "ewma": "EWMA (RiskMetrics)",
    "ewma_filtered": "EWMA, filtered historical simulation",
    "garch": "GARCH(1,1), Student-t",
    "gjr": "GJR-GARCH(1,1), Student-t",
    "har": "HAR on the daily range, pooled",
}


def parts(results_dir: Path) -> dict[str, str]:
    """The parts of the README by the names of their marks, as far as they have been measured."""
    found = {}
    if (results_dir / RECORD).is_file():
        record = read_json(results_dir / RECORD)
        found["forecasts"] = f"{score_table(record)}\n\n{facts(record)}"
        found["bands"] = band_table(record)
    if (results_dir / ABLATION).is_file():
        found["ablation"] = ablation_table(read_json(results_dir / ABLATION))
    return found


def score_table(record: dict[str, Any]) -> str:
    """CRPS of every model against GARCH in percent, with Diebold and Mariano's t, by horizon and
    group of tickers."""
    horizons = list(record["horizons"])
    head = " | ".join(
        f"{days(h)}, {'seen' if g == 'seen' else 'kept out'}" for h in horizons for g in GROUPS
    )
    rows = [f"| model | {head} |", "|---|" + "---:|" * (len(horizons) * len(GROUPS))]
    for name in record["horizons"][horizons[0]]["all"]["models"]:
        cells = [
            _margin(record["horizons"][h][g]["models"][name]) for h in horizons for g in GROUPS
        ]
        rows.append(f"| {title(record, name)} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _margin(scores: dict[str, Any]) -> str:
    against = scores["against"].get("garch")
    if against is None:
        return f"{scores['crps_percent']:.3f}"
    t = "-" if against["dm_t"] is None else f"{against['dm_t']:+.1f}"
    return f"{against['crps_percent']:+.2f} ({t})"


def band_table(record: dict[str, Any]) -> str:
    """Of the first network and its rivals: coverage of the bands in all and in the worst year,
    MASE, direction, and the share of tickers whose misses a test rejects."""
    rows = [
        "| days ahead | model | 50 % band | 80 % band | 95 % band | worst year of the 80 % band "
        "| MASE (no change) | direction (share of rises) | Kupiec rejects, 5 % / 95 % "
        "| Christoffersen rejects |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for horizon, groups in record["horizons"].items():
        group = groups["all"]
        for name in (*record["networks"], "random_walk", "garch", "har"):
            scores = group["models"][name]
            year, worst = max(
                ((y, s["coverage"]["0.8"]) for y, s in scores["years"].items()),
                key=lambda entry: abs(entry[1] - 0.8),
            )
            rejected = [
                _range([scores["rejected"][tail][test]["share"] for tail in scores["rejected"]])
                for test in ("kupiec", "joint")
            ]
            direction = scores["direction"]["accuracy"]
            rows.append(
                f"| {days(horizon)} | {title(record, name)} | "
                + " | ".join(f"{scores['coverage'][band]:.1%}" for band in BANDS)
                + f" | {worst:.1%} ({year}) "
                f"| {_number(scores['mase'])} ({_number(group['mase_of_no_change'])}) "
                f"| {'-' if direction is None else f'{direction:.1%}'} "
                f"({group['share_of_rises']:.1%}) | {' | '.join(rejected)} |"
            )
    return "\n".join(rows)


def facts(record: dict[str, Any]) -> str:
    """What was measured, in sentences."""
    counts = [
        f"{groups['all']['forecasts']:,} over {days(horizon)}"
        for horizon, groups in record["horizons"].items()
    ]
    groups = record["horizons"][next(iter(record["horizons"]))]
    return (
        f"{record['test_start']} to {record['test_end']}; {groups['seen']['tickers']} tickers that "
        f"the networks were trained on (before 2018) and {groups['kept_out']['tickers']} that they "
        f"never met; {', '.join(counts)}, none of one ticker overlapping another. The row of GARCH "
        "is its CRPS in % of log return, the others are set against it: a negative difference is "
        "better. In brackets Diebold and Mariano's t, on means over the tickers of each day with "
        "a Newey-West variance; beyond ±2 is hardly luck."
    )


def ablation_table(ablation: dict[str, Any]) -> str:
    """What the validation loss loses without each group of features, and with other cells."""
    rows = [
        "| without | features | validation loss, mean of the seeds | range | against all |",
        "|---|---|---:|---:|---:|",
    ]
    whole = ablation["runs"]["nothing"]["mean"]
    for name, run in ablation["runs"].items():
        low, high = min(run["losses"]), max(run["losses"])
        difference = "" if name == "nothing" else f"{100 * (run['mean'] / whole - 1):+.2f} %"
        rows.append(
            f"| {name} | {', '.join(run['features'])} | {run['mean']:.5f} "
            f"| {low:.5f} to {high:.5f} | {difference} |"
        )
    return "\n".join(rows)


def title(record: dict[str, Any], name: str) -> str:
    """What a model is called in a table."""
    return TITLES.get(name, f"`{name}`" if name in record["networks"] else f"*{name}*")


def days(horizon: str) -> str:
    """A horizon in words."""
    return f"{horizon} day{'s' if horizon != '1' else ''}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _range(shares: list[float]) -> str:
    """The shares of the lower and of the upper tail."""
    return " / ".join("-" if share is None else f"{share:.0%}" for share in shares)
