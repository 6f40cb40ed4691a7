"""The prose of the tab Memory."""

from __future__ import annotations

RACERS = {  # in the order of their panels
    "rnn": "RNN",
    "gru": "GRU",
    "lstm": "LSTM (as in PyTorch)",
    "lstm-forget": "LSTM (forget bias {bias:g})",
}
RACE_INTRO = (
    "Each network reads a row of random letters, A to H, and must name **the first** one after the "
    "last. Press Race, and all four learn it from nothing, on the same rows. The thick line is how "
    "often a network is right on rows that it never saw; the dashed one is guessing."
)
DISTANCE_HELP = "letters in a row: how long the first must be remembered"
BIAS_HELP = "of the second LSTM at the start; PyTorch's is near 0, more keeps longer"
RACE_SEED_HELP = "another one, another race"
RACE_STARTS = "Starting four networks …"
RACE_NOT_YET = "not started"
RACE_ONE_RUN = (
    "Shares are of the last 50 training steps. That is one race; another seed may end otherwise."
)
RACE_RECORD_TITLE = "#### Of several races"
RACE_RECORD = (
    "How many races each network solved, with other seeds, {steps:,} training steps each, and the "
    "mean step at which it did: right in {share:.0%} of the rows of {last} steps. Measured "
    "beforehand, python -m training.memory_record."
)

TRAIN_SMALL_INTRO = (
    "Choose a problem or bring your own sequences, choose a network, and watch it learn. It is "
    "judged by examples that it did not learn from, beside what is had without reading them."
)
MADE_UP, OWN_DATA = "Made-up problem", "Your own data"
PROBLEM_TITLES = {  # by the names of data.memory.PROBLEMS
    "recall": "Recall: name the first letter",
    "adding": "Adding: sum the two marked numbers",
    "copying": "Copying: write ten letters after a pause",
    "leader": "Which of two waves leads? (2 classes)",
    "leader-speed": "Who leads, and how fast? (4 classes)",
}
PROBLEM_TOLD = {
    "recall": "Letters A to H at random; the answer is the first of them. Guessing is right 1 in "
    "8 times.",
    "adding": "Random numbers from 0 to 1, two of them marked; the answer is the sum of those. "
    "Always saying 1 has a squared error of 1/6.",
    "copying": "Ten letters, a pause of so many steps, a mark; then all ten must be written in "
    "order. Guessing gets 1 in 8 right.",
    "leader": "Two noisy waves, one a quarter of a period ahead, and a feature of noise alone. No "
    "single step tells the class; guessing is right half the time.",
    "leader-speed": "The same waves at two speeds, which makes four classes. Guessing is right a "
    "quarter of the time.",
}
OWN_TOLD = (
    "An .npz with an array (samples, time steps, features) and one of labels (samples); two .npy "
    "files with the same; or a CSV: a row a time step with the columns sample, features and label, "
    "or a row a sample with its steps and a label. Taken are {limits}."
)
OWN_SEQUENCES = "Your sequences (.npz, two .npy, or CSV)"
OWN_NEEDED = "Give a file with your sequences first, or choose a made-up problem."
ANSWERS_ARE = {"auto": "as found", "class": "classes", "number": "a number"}
CELL_CHOICES = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
DIRECTION_CHOICES = {"forward": "forward", "both": "both ways"}
FORGET_CHOICES = {"": "as PyTorch starts it", "0": "0", "1": "1", "2": "2", "3": "3", "5": "5"}
CLIP_HELP = "bound of the gradient norm; 0: none"
SECONDS_HELP = "time to learn, at most; Stop keeps what was learned"
RATE_HELP = "0.003 suits Adam; SGD needs about 0.5"
TRAIN_STARTS = "Starting …"
SCORE_TITLES = {
    "class": "accuracy", "symbols": "accuracy of the letters to copy",
    "number": "variance explained",
}  # fmt: skip
LOSS_TITLES = {"class": "loss, nats", "symbols": "loss, nats a step", "number": "squared error"}
CURVE_KEY = {"line-train": "training", "line-valid": "validation"}
NORM_KEY = {"line-valid": "gradient norm"}
NO_CLIP = "not clipped"
CONFUSION_TITLE = "Truth (rows) and answer (columns)"
CLASSES_TITLE = "By class"
PAIRS_TITLE = "Truth and answer"
CLASSES_NOTE = (
    "Found: of the examples of this class, how many were answered so (recall). Right: of the "
    "answers with this class, how many are right (precision)."
)
NEW_EXAMPLES = "examples that it did not learn from"
GIVEN_EXAMPLES = "examples of this file, some of which it may have learned from"
LOAD_INTRO = (
    "A zip that was downloaded here. It is tested on new examples of its problem; one of own data "
    "needs such a file above."
)
LOAD_NEEDED = "Give the zip of a checkpoint first."
