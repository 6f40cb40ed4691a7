"""The README's tables about sentiment, from ``results/*.json``; nothing is computed here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.checkpoint import read_json

FIELD = Path("sentiment-field") / "results.json"
FLAGSHIP = "sentiment-best"
BAGS = {
    "words": "bag of words, logistic regression",
    "word pairs": "bag of word pairs, NB-weighted logistic regression",
}
SENTENCES = "20"  # words at most of the short texts in the field's table


def parts(results_dir: Path) -> dict[str, str]:
    """The parts of the README by the names of their marks, as far as they have been measured."""
    found = {}
    if (results_dir / FIELD).is_file():
        found["field"] = field_table(results_dir)
    if (results_dir / f"{FLAGSHIP}.json").is_file():
        metrics = read_json(results_dir / f"{FLAGSHIP}.json")["metrics"]
        found["short-texts"] = f"{short_text_table(metrics)}\n\n{facts(metrics)}"
        found["challenge"] = f"{challenge_table(metrics)}\n\n{failures(metrics)}"
    return found


def field_table(results_dir: Path) -> str:
    """Baselines, the networks that learn from labels alone, and the flagship, on one exam."""
    field = read_json(results_dir / FIELD)
    speeds = field["reviews_per_second"]
    rows = [
        f"| model | accuracy (95 % interval) | sentences, {SENTENCES} words at most "
        "| challenge file | parameters | size | training | reviews/s |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
        f"| majority | {field['majority']:.2%} | | | | | | |",
    ]
    rows += [_field_row(BAGS[name], bag, speeds[name]) for name, bag in field["bags"].items()]
    for name, title in {**field["networks"], FLAGSHIP: "pre-trained, in two halves"}.items():
        path = results_dir / f"{name}.json"
        if path.is_file():
            rows.append(_field_row(f"`{name}`, {title}", read_json(path), speeds.get(name)))
    return "\n".join(rows)


def _field_row(title: str, record: dict[str, Any], speed: float | None) -> str:
    metrics = record["metrics"]
    test = metrics["test"]
    low, high = test["interval_95"]
    minutes = f"{record['training_minutes']:.0f} min"
    return (
        f"| {title} | **{test['accuracy']:.2%}** ({low:.1%} to {high:.1%}) "
        f"| {metrics['cuts'][SENTENCES]['accuracy']:.1%} | {metrics['challenge']['accuracy']:.1%} "
        f"| {record['parameters']:,} | {record['megabytes']:.1f} MB "
        f"| {minutes if record['training_minutes'] >= 1 else 'under 1 min'} "
        f"| {'-' if speed is None else f'{speed:,.0f}'} |"
    )


def short_text_table(metrics: dict[str, Any]) -> str:
    """Accuracy and calibration by the length of the text, beside the bag of words."""
    bag = metrics["baselines"]["bag_of_words"]
    rows = [
        "| whole sentences of a test review (mean) | reviews that have them | accuracy "
        "| bag of word pairs | calibration error | of the bag |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for words, cut in metrics["cuts"].items():
        rival = bag["cuts"][words]
        title = "all" if words == "all" else f"{words} words at most ({cut['mean_words']:.0f})"
        rows.append(
            f"| {title} | {cut['reviews']:,} of {cut['of_reviews']:,} "
            f"| **{cut['accuracy']:.1%}** | {rival['accuracy']:.1%} "
            f"| **{cut['ece']:.1%}** | {rival['ece']:.1%} |"
        )
    return "\n".join(rows)


def facts(metrics: dict[str, Any]) -> str:
    """Calibration, copies and deletion of a network, in sentences."""
    test, sure, deletion = metrics["test"], metrics["calibration"]["sure"], metrics["deletion"]
    tenth = deletion["shares"].index(0.1)
    means = [deletion[key][place] for key, place in (
        ("by_attribution", 0), ("by_attribution", tenth), ("by_chance", tenth),
    )]  # fmt: skip
    clean = test["without_copies"]
    return (
        f"On the {test['reviews']:,} test reviews the calibration error (15 bins) is "
        f"{test['ece']:.2%} and the Brier score {test['brier']:.4f}; {sure['share']:.0%} get a "
        f"confidence of {sure['confidence']:.0%} or more, and of those {sure['accuracy']:.1%} are "
        f"right. {test['copies']:,} of them also stand in the training reviews "
        f"({test['copies_in_train']:,}) or the unlabelled ones ({test['copies_in_unlabelled']:,}); "
        f"on the other {clean['reviews']:,} the accuracy is {clean['accuracy']:.2%}. On "
        f"{deletion['reviews']} held-out reviews the mean probability of the network's own verdict "
        f"is {means[0]:.2f}; without the tenth of the words that spoke most for it {means[1]:.2f}, "
        f"without a tenth at random {means[2]:.2f}."
    )


def challenge_table(metrics: dict[str, Any]) -> str:
    """Right answers on the challenge file, by kind, beside the bag of words."""
    ours, bag = metrics["challenge"], metrics["baselines"]["bag_of_words"]["challenge"]
    rows = ["| kind | texts | right | bag of word pairs |", "|---|---:|---:|---:|"]
    rows += [
        f"| {kind} | {row['texts']} | {row['right']} | {bag['kinds'][kind]['right']} |"
        for kind, row in ours["kinds"].items()
    ]
    (low, high), (bag_low, bag_high) = ours["interval_95"], bag["interval_95"]
    rows.append(
        f"| all (95 % interval) | {ours['texts']} | **{ours['accuracy']:.1%}** ({low:.0%} to "
        f"{high:.0%}) | {bag['accuracy']:.1%} ({bag_low:.0%} to {bag_high:.0%}) |"
    )
    rows.append(
        f"| both of a pair | {ours['texts'] // 2} pairs | {ours['pairs']:.1%} "
        f"| {bag['pairs']:.1%} |"
    )
    return "\n".join(rows)


def failures(metrics: dict[str, Any]) -> str:
    """What the network gets wrong of the challenge file, to be unfolded."""
    wrong = metrics["challenge"]["failures"]
    lines = [f"- {row['kind']}, {row['positive']:.0%} positive: {row['text']}" for row in wrong]
    return "\n".join([
        f"<details><summary>The {len(wrong)} texts that it gets wrong</summary>", "", *lines, "",
        "</details>",
    ])  # fmt: skip
