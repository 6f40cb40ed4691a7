"""The words of the page, apart from what is computed."""

from __future__ import annotations

TITLE = "RNN Lab"
HERO = """# RNN Lab
Recurrent neural networks that write, judge and forecast, trained on real data.
Each number stands beside its baseline."""

TEXT_INTRO = (
    "A network that read its training text **one character at a time** goes on where your prompt "
    "ends. It learned how its text looks, not what it means."
)
MODEL_TITLES = {  # others are shown by their name
    "shakespeare-lstm": "Tiny Shakespeare (LSTM)",
    "dinosaurs-numpy-rnn": "Dinosaur names (NumPy RNN)",
    "dinosaurs-numpy-gru": "Dinosaur names (NumPy GRU)",
    "dinosaurs-numpy-lstm": "Dinosaur names (NumPy LSTM)",
}
FIRST_PROMPTS = {"shakespeare": "ROMEO:\n", "dinosaurs": "tor"}  # by corpus
CORPORA = {"shakespeare": "Tiny Shakespeare", "dinosaurs": "dinosaur names"}
TEXT_EXAMPLES = {  # model, prompt, length, temperature, seed
    "Romeo speaks": ["shakespeare-lstm", "ROMEO:\n", 400, 0.8, 1],
    "To be, or not to be, cautiously": ["shakespeare-lstm", "To be, or not to be", 300, 0.4, 2],
    "A new scene, boldly": ["shakespeare-lstm", "KING RICHARD III:\nMy horse", 500, 1.1, 3],
    "Always the likeliest character: it goes round in circles":
        ["shakespeare-lstm", "The ", 400, 0.0, 1],
    "Dinosaurs on tor…": ["dinosaurs-numpy-lstm", "tor", 300, 0.7, 1],
}  # fmt: skip
LENGTH_HELP = "characters to write"
TEMPERATURE_HELP = "0: always the likeliest; 1: as the network believes"
SEED_HELP = "the same seed and settings write the same text"

SENTIMENT_INTRO = (
    "Type a film review, a sentence or a page. A recurrent network reads it **word by word** and "
    "says how likely it is that its writer liked the film."
)
SENTIMENT_EXAMPLES = [
    "A wonderful little film. The acting is superb and I was moved to tears.",
    "What a waste of two hours. The plot makes no sense and the jokes fall flat.",
    "The cast is great and the music is lovely, but the story is so dull that I fell asleep.",
    "Not bad at all!",
    "I expected to hate it, and for half an hour I did, but then it won me over completely.",
]

STOCK_INTRO = (
    "One network for all tickers forecasts **how far** a price may move, as bands. Where it will "
    "go nobody can tell from past prices: the median stays close to today's price by design, and "
    "the skill is in the width."
)
NOT_ADVICE = (
    "Not investment advice. The network was trained on companies that are in the S&P 500 today, so "
    "on survivors only."
)

FOOT = (
    "Everything runs in this page's own server: no account, nothing stored. English only. "
    "Use it from code: see *Use via API* below, or the README."
)
WENT_WRONG = "Something went wrong on our side; please try again."
