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
    "shakespeare-best": "Tiny Shakespeare: the best",
    "shakespeare-lstm": "Tiny Shakespeare (LSTM)",
    "shakespeare-gru": "Tiny Shakespeare (GRU)",
    "shakespeare-rnn": "Tiny Shakespeare (RNN)",
    "dinosaurs-lstm": "Dinosaur names (LSTM)",
    "dinosaurs-numpy-rnn": "Dinosaur names (NumPy RNN)",
    "dinosaurs-numpy-gru": "Dinosaur names (NumPy GRU)",
    "dinosaurs-numpy-lstm": "Dinosaur names (NumPy LSTM)",
}
FIRST_PROMPTS = {"shakespeare": "ROMEO:\n", "dinosaurs": "tor"}  # by corpus
CORPORA = {"shakespeare": "Tiny Shakespeare", "dinosaurs": "dinosaur names"}
TEXT_EXAMPLES = {  # corpus, prompt, length, temperature
    "Romeo speaks": ["shakespeare", "ROMEO:\n", 400, 0.8],
    "To be, or not to be, cautiously": ["shakespeare", "To be, or not to be", 300, 0.4],
    "A new scene, boldly": ["shakespeare", "KING RICHARD III:\nMy horse", 500, 1.1],
    "Always the likeliest character": ["shakespeare", "The ", 400, 0.0],
    "Dinosaurs on tor…": ["dinosaurs", "tor", 300, 0.7],
}
LENGTH_HELP = "how many characters to write"
TEMPERATURE_HELP = "0: always the likeliest; 1: as the network believes; more: bolder"
TOP_K_HELP = "draw only from the k likeliest; 0: from all"
TOP_P_HELP = "draw only from the likeliest that make up this share; 1: from all"
SEED_HELP = "the one of the text on show; the same seed and settings write the same text"
KEEP_SEED = "Keep this seed"
KEEP_SEED_HELP = "else each Generate takes a new one"
TEXT_EMPTY = "The text appears here, character by character."
NO_DRAFT = "There is no text to continue yet; press Generate first."
TOO_LONG_TO_CONTINUE = (
    "The text has {count:,} characters, and the page shows at most {limit:,}; copy or download it "
    "and generate a new one."
)

SHADES_TITLE = "How likely was each character?"
SHADES_HELP = "Point at a character, tap it, or walk with ← and → to see what else was likely."
COPYING_LATER = "Told as soon as the text is finished."
NO_COPY_INDEX = (
    "{model} was saved without an index of its training text, so this cannot be told; training it "
    "again makes one."
)
COPIES_NOTHING = (
    "None of its {window}-character windows stands in the training text: these are the network's "
    "own words."
)
COPIES = (
    "{share} of its {window}-character windows stand word for word in the training text (marked); "
    "the longest copied run has {longest} characters (underlined). Short runs are common phrases; "
    "only a run of a sentence or more is memory."
)

SIDE_INTRO = (
    "Three networks of the same size, trained on the same text, write from the same prompt with "
    "the same seed. They differ in their cell only."
)
SIDE_BY_SIDE = {  # cell: checkpoint
    "rnn": "shakespeare-rnn",
    "gru": "shakespeare-gru",
    "lstm": "shakespeare-lstm",
}
CELL_TITLES = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
CELL_LINES = {
    "rnn": "one state, overwritten at each step",
    "gru": "two gates decide what to keep",
    "lstm": "three gates and a memory",
}
NO_CELL = "{name} is not here yet; train it with {command}"
TRAIN_CELL = "python -m training.comparison"

READ_INTRO = (
    "Paste a text: each network reads it and guesses every next character. The fewer **bits a "
    "character**, the less it was surprised; a fair coin toss is one bit."
)
READ_EXAMPLES = {
    "A sonnet, not in its training text": "Shall I compare thee to a summer's day?\n"
    "Thou art more lovely and more temperate:\n"
    "Rough winds do shake the darling buds of May,\n"
    "And summer's lease hath all too short a date;",
    "Plain English": "The train to London leaves at nine. Please have your tickets ready.",
    "Keys at random": "xq zvkw jjp, qqf ghtr! bxz; wvu kpq",
    "Dinosaurs": "tyrannosaurus\ntriceratops\nstegosaurus\nvelociraptor",
}
READ_LEGEND = (
    "Bits a character, fewer is better. Its own kind: text like the one it was trained on, but "
    "never seen; the n-gram model, which only counts, is the baseline there."
)
READ_EMPTY = "Where the network was surprised appears here."
READ_LONG = "Only the first {shown:,} of {count:,} characters are shown; the numbers are of all."

LEARN_INTRO = "How the loss fell during training, and what the network wrote on its way."
NO_HISTORY = "{model} was saved without the history of its training."
NO_STAGES = (
    "{model} was saved without samples by stage; training it again writes them at steps 100, 300, "
    "1,000 and 3,000 and at the end."
)

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
