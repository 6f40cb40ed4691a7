"""Recompute every number of record: ``python -m training.evaluate [NAME ...]``.

Each checkpoint is measured on its test data through the predictor that the app ships, beside its
baseline; ``results/NAME.json`` and the generated parts of README.md are written from that. Nothing
is trained (but the bag of words, which is a baseline) and nothing is chosen here.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from data.sources import load_price_panel
from inference import forecasting
from inference.forecasting import Forecaster
from inference.memory import MemoryPredictor
from inference.registry import PREDICTORS, Registry
from inference.sentiment import SentimentClassifier
from models.checkpoint import WEIGHTS_FILE, write_json
from training import (
    forecast_evaluation,
    generation,
    generation_report,
    report,
    scratch,
    scratch_report,
    sentiment_exam,
    translation,
    translation_report,
)
from training.curves import write_reliability
from training.language_model import GenerationTraining
from training.report import table_row
from training.script import run_script
from training.sentiment_tuning import TrainingConfig


def main(argv: Sequence[str] | None = None) -> None:
    """Evaluate the named checkpoints (all without names), then write the results and the README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "names", nargs="*", help="checkpoints, or forecasting for the record of all of that task "
        "beside GARCH, HAR and others (half an hour); all when none is named",
    )  # fmt: skip
    parser.add_argument("--data-dir", "--data_dir", type=Path, help="folder with raw data at hand")
    parser.add_argument("--weights-dir", "--weights_dir", type=Path, default=Path("weights"))
    parser.add_argument("--results-dir", "--results_dir", type=Path, default=Path("results"))
    parser.add_argument("--readme", type=Path, default=Path("README.md"))
    flags = parser.parse_args(argv)

    registry = Registry(flags.weights_dir)
    for task in PREDICTORS:
        for name in registry.names(task):
            if flags.names and name not in flags.names:
                continue
            print(f"{name}: evaluating", file=sys.stderr)
            folder, training = flags.weights_dir / name, registry.metrics(name)
            metrics, table = EVALUATIONS[registry.kind(name)](folder, training, flags.data_dir)
            record = {
                "model": name,
                "task": task,
                "parameters": training["parameters"],
                "megabytes": round((folder / WEIGHTS_FILE).stat().st_size / 1e6, 2),
                "training_minutes": training["training_minutes"],
                "metrics": metrics,
                "table": table,
            }
            write_json(flags.results_dir / f"{name}.json", record)
            if "calibration" in metrics:
                write_reliability(metrics["calibration"], flags.results_dir, name)
    if not flags.names or forecasting.TASK in flags.names:
        data = ["--data-dir", str(flags.data_dir)] if flags.data_dir else []
        places = ["--weights-dir", str(flags.weights_dir), "--results-dir", str(flags.results_dir)]
        forecast_evaluation.main([*data, *places])
    report.write_readme(flags.readme, flags.results_dir, flags.weights_dir)


Evaluation = tuple[dict[str, Any], list[dict[str, Any]]]  # all metrics, and rows for the table


def evaluate_generation(
    folder: Path, training: dict[str, Any], data_dir: Path | None
) -> Evaluation:
    """Nats a character on the last tenth of the text, in both protocols, beside the n-gram."""
    corpus = generation.load_corpus(GenerationTraining(**training["training"]), data_dir)
    metrics = generation_report.evaluate(folder, corpus)
    baseline = f"{metrics['baseline_nats_per_char']:.3f} ({metrics['baseline']})"
    stateful = f"{metrics['validation_nats_per_char']:.3f}"
    if corpus.unit == "lines":
        near, real = metrics["distance_to_nearest"], metrics["distance_to_nearest_of_real"]
        return metrics, [
            table_row(f"{corpus.title}, kept out", "nats a character", stateful, baseline),
            table_row(f"{metrics['sampled_lines']} drawn names", "share not in the list",
                      f"{metrics['new_share']:.0%}", "-"),
            table_row(f"{metrics['sampled_lines']} drawn names",
                      "edits to the nearest name learned from", f"{near:.2f}",
                      f"{real:.2f} (real names kept out)"),
        ]  # fmt: skip
    data = f"{corpus.title}, {generation_report.SPLITS[corpus.unit][0]}"
    return metrics, [
        table_row(data, "nats a character, one pass with carried state", stateful, baseline),
        table_row(data, f"nats a character, windows of {metrics['cold_window']} from zero",
                  f"{metrics['validation_nats_per_char_cold']:.3f}", baseline),
    ]  # fmt: skip


def evaluate_scratch(folder: Path, training: dict[str, Any], data_dir: Path | None) -> Evaluation:
    """Nats a character of a NumPy network on the text kept out of its training."""
    config = scratch.ScratchTraining(**training["training"])
    splits = scratch.load(config, data_dir).splits
    metrics = scratch_report.evaluate(folder, splits)
    baseline = f"{metrics['baseline_nats_per_char']:.3f} ({metrics['baseline']})"
    value = f"{metrics['validation_nats_per_char']:.3f}"
    data = scratch_report.TITLES.get(training["corpus"], training["corpus"])
    return metrics, [table_row(f"{data}, kept out", "nats a character", value, baseline)]


def evaluate_sentiment(folder: Path, training: dict[str, Any], data_dir: Path | None) -> Evaluation:
    """Accuracy on the official test split beside the bag of words fitted on the same reviews, and
    all else that ``sentiment_exam`` asks."""
    config = TrainingConfig(**training["training"])
    exam = sentiment_exam.load_exam(
        data_dir, config.valid_reviews, config.train_reviews, config.test_reviews
    )
    metrics = sentiment_exam.examine_network(SentimentClassifier.from_pretrained(folder), exam)
    accuracy, (low, high) = metrics["test"]["accuracy"], metrics["test"]["interval_95"]
    bag = metrics["baselines"]["bag_of_words"]["accuracy"]
    majority = metrics["baselines"]["majority"]["accuracy"]
    return metrics, [
        table_row(f"IMDB, {metrics['test']['reviews']:,} test reviews",
                  f"accuracy (95 % interval {low:.1%} to {high:.1%})", f"{accuracy:.2%}",
                  f"{bag:.2%} (NB-weighted bag of word pairs), {majority:.0%} (majority)"),
    ]  # fmt: skip


def evaluate_forecasting(
    folder: Path, training: dict[str, Any], data_dir: Path | None
) -> Evaluation:
    """CRPS and coverage on all tickers from 2020 on, beside the random walk."""
    forecaster = Forecaster.from_pretrained(folder)
    metrics = forecast_evaluation.evaluate(forecaster, load_price_panel(data_dir))
    data = f"{metrics['tickers']} tickers, {metrics['test_start'][:4]}-{metrics['test_end'][:4]}"
    rows = []
    for days, scores in metrics["horizons"].items():
        network, walk = scores["network"], scores["random_walk"]
        plural = "s" if days != "1" else ""
        rows.append(table_row(
            data, f"CRPS of the {days}-day log return, %", f"{network['crps_percent']:.4f}",
            f"{walk['crps_percent']:.4f} (random walk; "
            f"{scores['crps_against_random_walk_percent']:+.1f} %)",
        ))  # fmt: skip
        rows.append(table_row(
            data, f"share inside the 80 % band after {days} day{plural}",
            f"{network['coverage']['0.8']:.1%}", f"{walk['coverage']['0.8']:.1%} (random walk)",
        ))  # fmt: skip
    return metrics, rows


def evaluate_translation(
    folder: Path, training: dict[str, Any], data_dir: Path | None
) -> Evaluation:
    """Exact dates of days that no training has seen, beside dateutil's; ``data_dir`` is not needed,
    since the dates are made."""
    splits = translation.load_splits(translation.TranslationTraining(**training["training"]))
    metrics = translation_report.evaluate(folder, splits.test)
    (low, high), baseline = metrics["interval_95"], metrics["baseline"]
    data = f"{metrics['test_dates']:,} written dates, unseen"
    return metrics, [
        table_row(data, f"exact match (95 % interval {low:.2%} to {high:.2%})",
                  f"{metrics['exact']:.2%}", f"{baseline['exact']:.1%} (dateutil)"),
        table_row(data, "exact match, English and digits alone", f"{metrics['english']:.2%}",
                  f"{baseline['english']:.1%} (dateutil)"),
    ]  # fmt: skip


def evaluate_memory(folder: Path, training: dict[str, Any], data_dir: Path | None) -> Evaluation:
    """The score on the test of its problem, which is made anew from its seed, beside guessing."""
    predictor = MemoryPredictor.from_pretrained(folder)
    test = predictor.test_again()
    data = f"{predictor.series.problem} over {predictor.series.distance} steps, made up"
    return {"test": test.to_json()}, [
        table_row(data, training["score_name"], f"{test.score:.1%}",
                  f"{test.baseline.score:.1%} ({test.baseline.name})"),
    ]  # fmt: skip


EVALUATIONS: dict[str, Callable[[Path, dict[str, Any], Path | None], Evaluation]] = {
    "generation": evaluate_generation,
    "generation-numpy": evaluate_scratch,
    "sentiment": evaluate_sentiment,
    "forecasting": evaluate_forecasting,
    "translation": evaluate_translation,
    "memory": evaluate_memory,
}

if __name__ == "__main__":
    run_script(main)
