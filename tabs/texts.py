"""The words of the page, apart from what is computed."""

from __future__ import annotations

TITLE = "RNN Lab"
HERO = """# RNN Lab
Recurrent neural networks that write, judge and forecast, trained on real data.
Each number stands beside its baseline."""

HUB_MISSED = "Not from the Hub as planned: {names}. {reason}"
HUB_BUNDLED = "The networks that came with this page serve instead."
HUB_NOTHING = "What did not come with this page either is missing in the lists below."

TEXT_INTRO = (
    "A network that read its training text **one character at a time** goes on where your prompt "
    "ends. It learned how its text looks, not what it means."
)
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
    "sentiment-best": "The best: two halves",
    "sentiment-rnn": "Vanilla RNN",
    "sentiment-gru": "GRU",
    "sentiment-lstm": "LSTM",
    "sentiment-bilstm": "Bidirectional LSTM",
    "sentiment-stacked": "Stacked LSTM",
    "sentiment-attention": "LSTM with attention",
}
FIRST_PROMPTS = {  # by corpus
    "shakespeare": "ROMEO:\n", "dinosaurs": "tor", "reviews": "this film",
}  # fmt: skip
CORPORA = {
    "shakespeare": "Tiny Shakespeare", "dinosaurs": "dinosaur names", "reviews": "film reviews",
}  # fmt: skip
TEXT_EXAMPLES = {  # corpus, prompt, length, temperature
    "Romeo speaks": ["shakespeare", "ROMEO:\n", 400, 0.8],
    "To be, or not to be, cautiously": ["shakespeare", "To be, or not to be", 300, 0.4],
    "A new scene, boldly": ["shakespeare", "KING RICHARD III:\nMy horse", 500, 1.1],
    "Always the likeliest character": ["shakespeare", "The ", 400, 0.0],
    "Dinosaurs on tor…": ["dinosaurs", "tor", 300, 0.7],
    "A review that begins badly": ["reviews", "i walked out after", 120, 0.7],
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
    "Type a film review, a sentence or a page. A recurrent network says how likely it is that its "
    "writer liked the film, and **why it thinks so**, word by word."
)
REVIEW_EMPTY = "Type or paste a film review; the verdict follows as you type."
SENTIMENT_EXAMPLES = {  # label: review, what its writer means (None: neither), what it shows
    "Praise": (
        "A wonderful little film. The acting is superb and I was moved to tears.",
        "positive",
        "All strong words point one way.",
    ),
    "Complaint": (
        "What a waste of two hours. The plot makes no sense and the jokes fall flat.",
        "negative",
        "All strong words point one way.",
    ),
    "Praise and a but": (
        "The cast is great and the music is lovely, but the story is so dull that I fell asleep.",
        "negative",
        "More words praise than blame; what decides stands after the “but”.",
    ),
    "Negation": (
        "Not bad at all!",
        "positive",
        "“Not” has to turn “bad” round.",
    ),
    "Change of mind": (
        "I expected to hate it, and for half an hour I did, but then it won me over completely.",
        "positive",
        "The end has to outweigh what was said before.",
    ),
    "Understatement": (
        "Let us say that it was not the director's finest hour.",
        "negative",
        "No word of blame in it; a polite phrase says it all.",
    ),
    "Sarcasm": (
        "Oh great, another two hours of people staring out of windows. Exactly what I needed.",
        "negative",
        "The words praise and the writer does not; networks of this kind rarely hear that.",
    ),
    "Good actress, bad film": (
        "She gives the performance of her life, and she is the only reason not to ask for your "
        "money back.",
        "negative",
        "Praise of one person in a film that is not recommended.",
    ),
    "No opinion": (
        "The film runs for two hours and was shot in Rome.",
        None,
        "Facts only.",
    ),
    "A whole review": (
        "I had been looking forward to this one for months. The trailer was gorgeous, and Mr. Hale "
        "has made two of my favourite films. The first act does not disappoint: the harbour at "
        "dawn, the old ferryman, that wonderful scene with the letters. Then somebody seems to "
        "have lost the script. Characters vanish without a word. A murder is announced and never "
        "mentioned again. The dialogue becomes so wooden that people around me began to giggle. "
        "The music is beautiful throughout, I will give it that. But by the end I did not care "
        "who had sent the letters, or why, and neither, I think, did the actors. What a pity.",
        "negative",
        "A long review with both sides; see which sentences carry the verdict.",
    ),
}
FIRST_REVIEW = "Praise and a but"
MEANT_RIGHT = "It is meant as {meant}, and the network agrees."
MEANT_WRONG = "It is meant as {meant}: the network is wrong here."
MEANT_UNSURE = "It is meant as {meant}: the network cannot tell."
MEANT_NEITHER = (
    "It is meant as neither, but every review in the training was one or the other, so the network "
    "has only these two answers."
)
KEEP_BEFORE = "Keep as “before”"
DROP_BEFORE = "Drop “before”"
SAME_TEXT = "Change a word above to see what it does."
TOO_LONG_TO_MARK = "The texts are too long to mark what differs."
LITTLE_IN_COMMON = "The two texts have little in common."
NOT_AT_WORK = "follows when you stop typing"
AT_WORK = "reading a long review again and again …"
WORDS_TITLE = "What each word contributed"
WORDS_EMPTY = "What each word contributed appears here."
WORDS_LEGEND = (
    '<span><span class="n3">dull</span> spoke for negative</span>'
    '<span><span class="p3">superb</span> spoke for positive</span>'
    "<span>the darker, the more</span>"
    "<span>point at a word, tap it, or walk with ← and →</span>"
)
WORDS_SUM = (
    "In log-odds, where +1 makes the odds of “positive” 2.7 times as high: {baseline} for a text "
    "of commas only, {words} by these words, {total} in all (±{error:.2f}; integrated gradients, "
    "{model})."
)
LEFT_OUT_TITLE = "What if a part were not there?"
LEFT_OUT_EMPTY = "What leaving out a part would change appears here."
LEFT_OUT = {
    "word": "P(positive) without each word, and the word's effect in log-odds; largest first.",
    "sentence": (
        "P(positive) without each sentence, and the sentence's effect in log-odds; largest first."
    ),
}
NOTHING_TO_LEAVE_OUT = "One part only, so there is nothing to leave out."
CURVE_TITLE = "While it read"
CURVE_EMPTY = "How the verdict moved from word to word appears here."
CURVE_OF = {  # by SentimentPrediction.running_of
    "whole network": "P(positive) after each word, by the whole network.",
    "forward half": (
        "P(positive) after each word, by the half that reads forward alone. The other half reads "
        "from the end and votes too, so the verdict can differ: {verdict}."
    ),
}
NO_CURVE = "judges only when it has read the whole text, so there is no curve."
COMPARE_INTRO = (
    "Two networks judge the same text. They differ in how they read; all learned from the same "
    "labelled reviews."
)
ONE_NETWORK = "There is only one network here; train others with {command}"
TRAIN_FIELD = "python -m training.sentiment_field"

MANY_INTRO = (
    "Judge a whole table: paste reviews, one a line, or give a file. The table comes back in its "
    "order with three columns more: the label, the probability of *positive*, and a note where "
    "there is something to say."
)
MANY_FILE = "CSV, TSV or text file, up to {rows:,} rows and {megabytes:,.0f} MB"
MANY_HEADER = "Its first row has the names of the columns"
MANY_PASTED = "A fine film, and funny too.\nI left after half an hour.\nNot bad, not good."
MANY_TOO_MANY = (
    "Judge takes the first {limit:,} of its {rows:,} rows; the others come back without a label. "
    "The command line has no such limit: python -m inference score --file {name} --out judged.csv"
)
MANY_LABELS = "The verdicts are compared with its column {column}."
MANY_MEANINGS = "There, {negative} is taken for negative and {positive} for positive."
MANY_UNSURE = "Between 40 and 60 % is called not sure: training had no neutral reviews."
MANY_SHOWN = "Below are the first {shown:,} of {rows:,} rows; the file has them all."
MANY_SORT = "The ⋮ of a heading sorts and filters."

STOCK_INTRO = (
    "One network for all tickers forecasts **how far** a price may move, as bands. Where it will "
    "go nobody can tell from past prices: the median stays close to today's price by design, and "
    "the skill is in the width."
)
NOT_ADVICE = (
    "Not investment advice. The network was trained on companies that are in the S&P 500 today, so "
    "on survivors only."
)
TICKER_HELP = "type a symbol or a company; any symbol that Yahoo Finance knows will do"
PRICES_FILE = (
    "CSV with Date and Close (better: Open, High, Low, Close, Volume), oldest or newest first, as "
    "Yahoo or Stooq write it"
)
EXTRAS = {  # what a price chart can show besides
    "volume": "Volume",
    "average 20": "20-day average",
    "average 50": "50-day average",
    "average 200": "200-day average",
    "bollinger": "Bollinger bands",
    "rsi": "RSI",
    "macd": "MACD",
}
PAST = "past"
OTHERS = {  # what stands beside the forecast
    "random walk": "Random walk",
    "historical simulation": "Historical simulation",
    "EWMA": "EWMA",
    PAST: "Past forecasts and their misses",
}
AS_OF = "As of"
AS_OF_HELP = "Move it back to see what was forecast on a past day, and what came after."
AS_OF_OUTSIDE = (
    "There is no forecast as of {day} for {ticker} (from {first} to {last}), so this one stands on "
    "its last day."
)
OLD_PRICES = "The last price is {days:,} days old; what happened since is not in this forecast."
MEDIAN_BY_DESIGN = "close to the last price by design: the skill is in the width of the bands"
RECORD_LATER = "How earlier forecasts did on this ticker is counted here."
RECORD_TITLE = "Its record on {ticker}"
RECORD_TESTED = (
    "{count:,} forecasts of {days}, one after another from {first} to {last}: days that the "
    "network never learned from. A band should hold as many of them as it promises."
)
RECORD_TRAINED = (
    "{count:,} forecasts of {days}, one after another from {first} to {last}. Days before {tested} "
    "are those that the network was trained and tuned on, so this says little."
)
RECORD_EARLIER = (
    "Not counted: {count:,} forecasts before {tested}, since the network was trained and tuned on "
    "those days. There, the 80 % band held {held}."
)
RECORD_NONE = "There are too few prices for a record: no forecast of {days} has come to its end."
RECORD_SIMULATED = "The series is made up, so this record says nothing about a real stock."
RECORD_FIT = "as promised, within what chance allows (±{points:.0f} points)"
RECORD_MORE = "more than promised, by more than chance allows (±{points:.0f} points)"
RECORD_FEWER = "fewer than promised, by more than chance allows (±{points:.0f} points)"
LIMITS = (
    "It knows past prices only: no news, no reports to come, no dividends announced tomorrow. Days "
    "like those of March 2020 come as a surprise to it, as the record shows. Base rates count "
    "overlapping windows of the past, and the past need not repeat itself. Nothing here says buy "
    "or sell."
)
TWO_INTRO = (
    "Two tickers in percent of their last price: whose price may move further, and how likely a "
    "large fall is."
)
TWO_DAYS = "The two end on different days, {first} and {second}: each forecast begins at its own."

FOOT = (
    "Everything runs in this page's own server: no account, nothing stored. English only. "
    "Use it from code: see *Use via API* below, or the README."
)
WENT_WRONG = "Something went wrong on our side; please try again."

# The memory tab.
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
LIVE_WAITS = "Waiting for a free place: two networks at most are trained here at a time."

TRAIN_SMALL_INTRO = (
    "Choose a problem or bring your own sequences, choose a network, and watch it learn. It is "
    "judged by examples that it did not learn from, beside what is had without reading them."
)
MADE_UP, OWN_DATA = "Made-up problem", "Your own data"
PROBLEM_TITLES = {  # by the names of data.memory.PROBLEMS
    "recall": "Recall: name the first letter",
    "adding": "Adding: sum the two marked numbers",
    "copying": "Copying: write ten letters after a pause",
    "leader": "Which of two waves is ahead? (2 classes)",
    "leader-speed": "Which is ahead, and how fast? (4 classes)",
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
OWN_FILE = "Your sequences (.npz, two .npy, or CSV)"
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
