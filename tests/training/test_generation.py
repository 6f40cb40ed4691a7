"""The training script, small: it learns, repeats itself, and writes a checkpoint that loads."""

from __future__ import annotations

import json
import os
import signal

import pytest
import torch
from safetensors.torch import load_file

from data.errors import InputError
from data.generation import TextSplits
from inference.generation import TextGenerator
from models.generation import GenerationConfig, LanguageModel
from training import corpora, generation, language_model
from training.baselines import NGramModel, best_ngram
from training.corpora import Source
from training.metrics import accuracy_interval, bits_per_char, perplexity

TEXT = "".join(f"{i % 7} times {i % 3} makes {(i % 7) * (i % 3)};\n" for i in range(400))
SMALL = ["--hidden_size", "24", "--embedding_size", "8", "--num_layers", "1", "--dropout", "0.1",
         "--batch_size", "8", "--bptt_steps", "16", "--learning_rate", "0.02"]  # fmt: skip


def corpus(monkeypatch, text: str, unit: str = "windows") -> None:
    """Let ``text`` stand for Tiny Shakespeare."""
    source = Source("Tiny Shakespeare", unit, lambda data_dir: text)
    monkeypatch.setitem(corpora.CORPORA, "shakespeare", source)


@pytest.fixture
def train(monkeypatch, tmp_path):
    corpus(monkeypatch, TEXT)

    def run(name: str, *flags: str):
        folders = ["--output_dir", tmp_path / "w", "--run_dir", tmp_path / name,
                   "--results_dir", tmp_path / "results", "--name", name]  # fmt: skip
        return generation.main([*map(str, folders), *SMALL, *flags])

    return run


def test_training_writes_a_checkpoint_that_beats_its_start_and_loads(train, tmp_path):
    folder = train("net", "--epochs", "4")
    assert {p.name for p in folder.iterdir()} == {
        "README.md", "config.json", "copies.safetensors", "history.csv", "metrics.json",
        "model.safetensors", "samples.txt", "stages.json", "tokenizer.json",
    }  # fmt: skip
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["validation_nats_per_char"] < 1.6  # ln of the alphabet's size is 3.1
    assert metrics["validation_characters"] == round(0.1 * len(TEXT))
    rows = (folder / "history.csv").read_text().splitlines()
    assert rows[0].startswith("epoch,train_loss,train_accuracy,valid_loss,valid_accuracy")
    assert len(rows) == 5
    again = TextGenerator.from_pretrained(folder).nats_per_char(TEXT[-len(TEXT) // 10 :])
    assert metrics["validation_nats_per_char"] == pytest.approx(again, rel=0.02)
    assert "model-index" in (folder / "README.md").read_text()
    for suffix in ("html", "svg"):
        assert (tmp_path / "results" / "curves" / f"net.{suffix}").stat().st_size > 1000


def test_the_same_seed_trains_the_same_weights_and_another_seed_others(train):
    first = load_file(train("a", "--epochs", "1") / "model.safetensors")
    again = load_file(train("b", "--epochs", "1") / "model.safetensors")
    other = load_file(train("c", "--epochs", "1", "--seed", "2") / "model.safetensors")
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["head.weight"], other["head.weight"])


def test_a_run_stopped_in_the_middle_of_an_epoch_arrives_at_the_same_weights(train, monkeypatch):
    whole = load_file(train("whole", "--epochs", "2") / "model.safetensors")
    calls, detach = [], language_model.detach

    def stop_at_the_fortieth_window(state):
        calls.append(None)
        if len(calls) == 40:
            os.kill(os.getpid(), signal.SIGTERM)
        return detach(state)

    monkeypatch.setattr(language_model, "detach", stop_at_the_fortieth_window)
    with pytest.raises(SystemExit, match="--resume"):
        train("broken", "--epochs", "2")
    resumed = load_file(train("broken", "--epochs", "2", "--resume") / "model.safetensors")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_the_last_ten_percent_are_no_part_of_training(train, monkeypatch):
    first = load_file(train("a", "--epochs", "1") / "model.safetensors")
    # The same letters in another order at the end: alphabet and lengths stay, its content goes.
    head = len(TEXT) - len(TEXT) // 10
    changed = TEXT[:head] + "".join(sorted(TEXT[head:]))
    corpus(monkeypatch, changed)
    other = load_file(train("b", "--epochs", "1") / "model.safetensors")
    assert all(torch.equal(first[name], other[name]) for name in first)


def test_samples_are_kept_at_the_stages_of_training_also_when_it_was_broken_off(train, monkeypatch):
    monkeypatch.setattr(language_model, "STAGES", (5, 20, 5000))
    whole = json.loads((train("whole", "--epochs", "2") / "stages.json").read_text())
    end = len(language_model.stream_batches(torch.zeros(6500), 8, 16, 1, 1)) * 2
    assert [stage["step"] for stage in whole] == pytest.approx([5, 20, end], abs=2)
    assert whole[0]["loss"] > whole[1]["loss"] > whole[2]["loss"]
    assert all(len(stage["text"]) == language_model.STAGE_LENGTH for stage in whole)
    calls, detach = [], language_model.detach

    def stop_at_the_tenth_window(state):
        calls.append(None)
        if len(calls) == 10:
            os.kill(os.getpid(), signal.SIGTERM)
        return detach(state)

    monkeypatch.setattr(language_model, "detach", stop_at_the_tenth_window)
    with pytest.raises(SystemExit):
        train("broken", "--epochs", "2")
    resumed = train("broken", "--epochs", "2", "--resume") / "stages.json"
    assert json.loads(resumed.read_text()) == whole


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm", "mogrifier"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_every_cell_learns_in_both_precisions(train, cell, precision):
    folder = train("net", "--cell", cell, "--precision", precision, "--epochs", "3",
                   "--recurrent_dropout", "0.1", "--input_dropout", "0.1")  # fmt: skip
    assert json.loads((folder / "metrics.json").read_text())["validation_nats_per_char"] < 2.2


@pytest.mark.parametrize("tokenizer", ["char", "word", "subword"])
def test_a_file_of_ones_own_is_learned_by_any_tokens(train, tmp_path, capsys, tokenizer):
    book = tmp_path / "my book.txt"
    book.write_text(TEXT, encoding="utf-8")
    folder = train("", "--text", str(book), "--tokenizer", tokenizer, "--vocab_size", "40",
                   "--epochs", "2")  # fmt: skip
    assert folder.name == "my-book-lstm"
    assert "Warning: The text has 7," in capsys.readouterr().err
    generator = TextGenerator.from_pretrained(folder)
    assert generator.tokenizer.kind == tokenizer
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["corpus"] == "my-book"
    assert metrics["tokenizer"] == tokenizer
    # Bits are those of characters, whatever a token is: two epochs beat the alphabet's entropy.
    assert metrics["validation_nats_per_char"] < 2.6
    assert set(generator.generate("3 times", 20).text) <= set(TEXT)


def test_a_list_of_names_is_cut_between_lines_and_its_novelty_measured(train, monkeypatch):
    names = "".join(f"{a}{b}{c}saurus\n" for a in "abc" for b in "lmno" for c in "xyzuvw")
    corpus(monkeypatch, names, "lines")
    folder = train("names", "--epochs", "2", "--batch_size", "2")
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["unit"] == "lines"
    assert "validation_nats_per_char_cold" not in metrics
    assert 0 <= metrics["new_share"] <= 1
    assert metrics["distance_to_nearest_of_real"] == 1  # one letter differs
    for sample in (folder / "samples.txt").read_text().split("\n\n"):
        assert len(sample.strip().splitlines()) <= 1 + 12


def test_weights_stored_in_half_precision_load_and_weigh_half(train):
    whole, half = train("a", "--epochs", "1"), train("b", "--epochs", "1", "--stored_as", "float16")
    sizes = [(folder / "model.safetensors").stat().st_size for folder in (whole, half)]
    assert sizes[1] < 0.6 * sizes[0]
    text = TEXT[:500]
    losses = [TextGenerator.from_pretrained(f).nats_per_char(text) for f in (whole, half)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


def test_the_loss_on_the_selection_text_is_that_of_one_pass_over_each_stream(monkeypatch):
    torch.manual_seed(0)
    model = LanguageModel(GenerationConfig(9, hidden_size=7, embedding_size=5)).eval()
    tokens = torch.randint(0, 9, (50 * 30 + 1,))
    whole = language_model._validate(model, tokens)
    monkeypatch.setattr(language_model, "SELECTION_STEPS", 7)
    assert language_model._validate(model, tokens) == pytest.approx(whole, rel=1e-4)


def test_few_drawn_tokens_teach_a_large_vocabulary(train, tmp_path):
    pieces = ["--tokenizer", "subword", "--vocab_size", "60", "--tied", "--sampled", "20"]
    folder = train("net", *pieces, "--epochs", "6")
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["validation_nats_per_char"] < 1.6


def test_a_backward_network_learns_the_turned_text(train, monkeypatch):
    seen = []
    batches = language_model.stream_batches
    monkeypatch.setattr(
        language_model,
        "stream_batches",
        lambda tokens, *rest: seen.append(tokens) or batches(tokens, *rest),
    )
    train("forward", "--epochs", "1")
    folder = train("backward", "--epochs", "3", "--direction", "backward")
    assert torch.equal(seen[0].flip(0), seen[1])
    assert {p.name for p in folder.iterdir()} == {
        "config.json", "history.csv", "model.safetensors", "tokenizer.json",
    }  # fmt: skip
    first, *_, last = (folder / "history.csv").read_text().splitlines()[1:]
    assert float(last.split(",")[3]) < 0.8 * float(first.split(",")[3])  # valid_loss


def test_a_trained_network_is_where_another_training_starts(train, tmp_path):
    before = train("before", "--epochs", "3")
    after = train("after", "--start_from", str(before), "--epochs", "1", "--learning_rate", "1e-5",
                  "--cell", "gru")  # fmt: skip
    first, second = (load_file(folder / "model.safetensors") for folder in (before, after))
    for name, tensor in first.items():
        torch.testing.assert_close(second[name], tensor, atol=1e-3, rtol=0)
    metrics = json.loads((after / "metrics.json").read_text())
    assert metrics["cell"] == "lstm"
    assert metrics["before"]["training"]["epochs"] == 3
    assert metrics["training_minutes"] > metrics["before"]["training_minutes"] > 0


def test_a_network_cannot_go_on_with_characters_it_never_saw(train, tmp_path):
    before = train("before", "--epochs", "1")
    book = tmp_path / "book.txt"
    book.write_text(TEXT + "\u00e9")
    with pytest.raises(InputError, match="\u00e9"):
        train("after", "--start_from", str(before), "--text", str(book))


def test_a_bad_flag_value_ends_with_a_sentence(train, capsys):
    with pytest.raises(SystemExit):
        train("net", "--dropout", "1.5")
    assert "dropout must be" in capsys.readouterr().err


def test_ngram_probabilities_sum_to_one_whatever_the_history():
    model = NGramModel(3, 4).fit("abcabcaab")
    for history in ("", "a", "ab", "zz", "xab"):
        assert sum(model.probability(c, history) for c in "abcd") == pytest.approx(1)


def test_ngram_matches_a_hand_worked_value():
    # Order 1 on "aab": n(a) = 2, n(b) = 1, 3 characters of 2 kinds, alphabet of 2.
    # p(a) = (2 + 2 * 1/2) / (3 + 2) = 3/5.
    assert NGramModel(1, 2).fit("aab").probability("a", "") == pytest.approx(0.6)
    # Order 2: after "a" came a once and b once, so p(a|a) = (1 + 2 * 0.6) / (2 + 2) = 0.55.
    assert NGramModel(2, 2).fit("aab").probability("a", "a") == pytest.approx(0.55)


def test_metrics_match_hand_worked_values():
    assert bits_per_char(0.6931471805599453) == pytest.approx(1.0)
    assert perplexity(0.0) == 1.0
    low, high = accuracy_interval(0.5, 100)
    assert (low, high) == (pytest.approx(0.40383, abs=1e-5), pytest.approx(0.59617, abs=1e-5))
    with pytest.raises(ValueError, match="at least one"):
        accuracy_interval(0.5, 0)


def test_the_best_ngram_is_chosen_without_the_validation_text():
    text = "abcdabdcacbd"  # a long memory is best for reading it again, a short one for the rest
    splits = TextSplits(train=text, selection="dcab" * 5, validation=text)
    name, nats = best_ngram(splits, 4)
    assert name == "3-gram, Witten-Bell"
    assert nats == NGramModel(3, 4).fit(text).fit("dcab" * 5).nats_per_char(text)
    assert nats > NGramModel(6, 4).fit(text).fit("dcab" * 5).nats_per_char(text)


def test_products_are_rough_where_that_is_faster_and_as_asked_elsewhere(monkeypatch):
    cpu, gpu = torch.device("cpu"), torch.device("cuda")
    assert language_model.training_dtype("float32", gpu) is torch.float32
    assert language_model.training_dtype("auto", gpu) is torch.bfloat16
    for seconds, expected in (([1.0, 2.0], torch.float32), ([2.0, 1.0], torch.bfloat16)):
        monkeypatch.setattr(language_model, "shortest_times", lambda *_, told=seconds: told)
        assert language_model.training_dtype("auto", cpu) is expected
