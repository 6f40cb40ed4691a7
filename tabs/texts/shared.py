"""The prose that several tabs share: the page's own, and what networks are called."""

from __future__ import annotations

TITLE = "RNN Lab"
HERO = """# RNN Lab
Recurrent neural networks that write, judge and forecast, trained on real data.
Each number stands beside its baseline."""

HUB_MISSED = "Not from the Hub as planned: {names}. {reason}"
HUB_BUNDLED = "The networks that came with this page serve instead."
HUB_NOTHING = "What did not come with this page either is missing in the lists below."
MODEL_TITLES = {  # others are shown by their name
    "shakespeare-best": "Tiny Shakespeare: the best",
    "shakespeare-lstm": "Tiny Shakespeare (LSTM)",
    "shakespeare-gru": "Tiny Shakespeare (GRU)",
    "shakespeare-rnn": "Tiny Shakespeare (RNN)",
    "reviews-lstm": "Film reviews (LSTM)",
    "dinosaurs-lstm": "Dinosaur names (LSTM)",
    "dinosaurs-numpy-rnn": "Dinosaur names (NumPy RNN)",
    "dinosaurs-numpy-gru": "Dinosaur names (NumPy GRU)",
    "dinosaurs-numpy-lstm": "Dinosaur names (NumPy LSTM)",
    "sentiment-best": "The best",
    "sentiment-rnn": "Vanilla RNN",
    "sentiment-gru": "GRU",
    "sentiment-lstm": "LSTM",
    "sentiment-bilstm": "Bidirectional LSTM",
    "sentiment-stacked": "Stacked LSTM",
    "sentiment-attention": "LSTM with attention",
}
SIDE_BY_SIDE = {  # cell: checkpoint
    "rnn": "shakespeare-rnn",
    "gru": "shakespeare-gru",
    "lstm": "shakespeare-lstm",
}
CELL_TITLES = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
LIVE_WAITS = "Waiting for a free place: no more than {limit} networks are trained here at once …"
LIVE_NOT_BEGUN = "Stopped before it began."

NO_CELL = "{name} is not here yet; train it with {command}"
TRAIN_CELL = "python -m training.comparison"

FOOT = (
    "Everything runs in this page's own server: no account, nothing stored. Use it from code: see "
    "*Use via API* below, or the README."
)
WENT_WRONG = "Something went wrong on our side; please try again."
