"""What each group of features adds to the forecasts: ``python -m training.forecast_ablation``.

The network is trained anew without one group after the other, and with other cells, several seeds
each; what counts is the loss on the validation days of 2018-2019. The test days are not read. The
losses go to ``results/forecasting/ablation.json`` after each run, and with ``--resume`` what stands
there is not done again.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from data.forecasting import FEATURES, PricePanel
from data.market import MARKET_FEATURES
from data.sources import load_price_panel
from models.checkpoint import read_json, write_json
from models.forecasting import CELLS, ForecastConfig
from training.flags import option, parse_flags
from training.forecast_report import ABLATION
from training.forecasting import TrainingConfig, train, training_panel
from training.run import RunConfig
from training.script import run_script

GROUPS = {
    "nothing": (),
    "returns": ("return", "overnight", "momentum_5", "momentum_22", "momentum_252"),
    "variances": (
        "variance_1", "variance_5", "variance_22", "variance_66", "variance_252",
        "close_variance_22", "overnight_share_22",
    ),
    "level of the variance": ("level",),
    "volume": ("volume_1", "volume_5"),
    "quarter and year ago": ("quarter_ago", "year_ago"),
    "RSI, MACD, Bollinger": ("rsi", "macd", "bollinger"),
    "market": MARKET_FEATURES,
}  # fmt: skip


@dataclass(frozen=True)
class AblationConfig:
    """How much is tried."""

    seeds: int = option(3, "trainings of each variant")


def main(argv: Sequence[str] | None = None) -> None:
    """Train all variants that are still to do."""
    ablation, config, settings, run = parse_flags(
        argv, AblationConfig, ForecastConfig, TrainingConfig, RunConfig,
        description=__doc__.split("\n")[0],
    )  # fmt: skip
    path = Path(run.results_dir) / ABLATION
    prices = load_price_panel(Path(run.data_dir) if run.data_dir else None)
    result = begun(path if run.resume else None, config, settings)
    variants = [(name, group, config) for name, group in GROUPS.items()]
    variants += [
        (f"{config.cell}, but {cell}", (), replace(config, cell=cell))
        for cell in CELLS
        if cell != config.cell
    ]
    panel = training_panel(prices)
    for name, group, variant in variants:
        losses = result["runs"].get(name, {"losses": []})["losses"]
        seen = without(panel, group)
        for seed in range(len(losses) + 1, ablation.seeds + 1):
            place = replace(run, name=f"ablation-{name.replace(' ', '-')}-{seed}")
            _, history = train(variant, replace(settings, seed=seed), place, seen)
            losses.append(min(row["valid_loss"] for row in history))
            result["runs"][name] = {
                "features": list(group),
                "losses": losses,
                "mean": statistics.fmean(losses),
            }
            write_json(path, result)


def begun(path: Path | None, config: ForecastConfig, settings: TrainingConfig) -> dict[str, Any]:
    """What was measured with the same settings, or nothing yet."""
    told = {"config": asdict(config) | {"quantile_levels": list(config.quantile_levels)}}
    told |= {"training": asdict(settings)}
    if path and path.is_file():
        found = read_json(path)
        if {key: found[key] for key in told} == told:
            return found
    return {**told, "runs": {}}


def without(panel: PricePanel, features: Sequence[str]) -> PricePanel:
    """The panel with zeros in place of these features."""
    values = panel.values.copy()
    values[:, [FEATURES.index(name) for name in features]] = 0.0
    return replace(panel, values=values)


if __name__ == "__main__":
    run_script(main)
