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
    "sentiment-best": "The best",
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
NO_STAGES = (
    "{model} was saved without samples by stage; training it again writes them at steps 100, 300, "
    "1,000 and 3,000 and at the end."
)

OWN_INTRO = (
    "A network with random weights reads **your text** again and again, and learns to guess each "
    "next character. You see its loss fall and its samples turn from noise into something like "
    "your text. Then it writes for you, and you can take it home."
)
OWN_PASTE = "Your text"
OWN_PASTE_HELP = "{least:,} to {most:,} characters; any language"
OWN_FILE = "Take a text file"
OWN_CELL_HELP = "how the network remembers"
OWN_SECONDS = "Time to learn"
OWN_SECONDS_HELP = "seconds; the longer the text, the more it wants"
OWN_NAMES = "Take 500 company names"
OWN_STAGES = {
    "starting": "starting …",
    "begin": "learning … {spent:.0f} of {seconds:g} seconds",
    "learning": "learning … {spent:.0f} of {seconds:g} seconds",
    "measuring": "learned; measuring it on what it never saw …",
    "end": "ready",
}
OWN_CURVES_EMPTY = "Press Train: the loss appears here."
OWN_SAMPLES_EMPTY = "What it writes while it learns appears here."
OWN_SAMPLES_TITLE = "#### What it writes while it learns"
OWN_EVEN = "guessing evenly among {kinds:,} characters"
OWN_COUNTING = "counting which characters follow which"
OWN_TRAIN = "on what it learns from"
OWN_VALID = "on a part that it does not learn from"
OWN_KEPT = "kept: {valid_loss:.2f}, after {seconds:.0f} s"
OWN_UNIT = "Loss in nats a character; lower is better."
OWN_BEATS = (
    "It is at <b>{nats:.2f}</b> nats a character on {count:,} characters of your text that it "
    "never saw: better than counting ({baseline}: {counting:.2f}) and guessing evenly ({even:.2f})."
)
OWN_BEATEN = (
    "It is at <b>{nats:.2f}</b> nats a character on {count:,} characters of your text that it "
    "never saw, and counting does better ({baseline}: {counting:.2f}; guessing evenly: "
    "{even:.2f}). More text or more time helps."
)
OWN_NEW_LINES = (
    "Of {sampled_lines:,} lines that it drew, {new_share:.0%} stand nowhere in your text."
)
OWN_BY_HEART = (
    "After {seconds:.0f} seconds it began to learn your text by heart: better on what it reads, "
    "worse on the rest. The weights of that moment are kept; more text would help."
)
OWN_WRITE = "Write with it"
OWN_TITLE = "Yours: {name}"
OWN_HOME = (
    "The zip is a checkpoint folder: unpack it into weights/ of this project, and the page there "
    "offers it. Here it is yours alone, and is gone an hour after you leave."
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

FLOW_INTRO = (
    "The error of each guess goes back through the network as a **gradient**, step by step, and "
    "mostly shrinks on its way. The lines show which part of it still arrives after so many steps, "
    "in the upper layer of three trained networks and of the same networks with new weights. Where "
    "next to nothing arrives, this layer can learn nothing from that far back."
)
FLOW_EXAMPLE = (
    "ROMEO:\nHe jests at scars that never felt a wound.\n"
    "But, soft! what light through yonder window breaks?\n"
    "It is the east, and Juliet is the sun."
)
FLOW_BIAS = "Forget bias of the new LSTM"
FLOW_BIAS_HELP = (
    "PyTorch begins near 0; the trained LSTM here began at 1. The larger, the more the gate keeps."
)
FLOW_EMPTY = "How far the gradient reaches appears here."
FLOW_TOO_SHORT = "The text is too short to tell distances: give at least {least} known characters."
FLOW_CHART_TITLE = "What is left after so many steps"
FLOW_CHART_HELP = (
    "Point at the chart, tap it, or walk with ← and → to read the numbers. Each is the median over "
    "the text; the scale is logarithmic, and what is below {floor} is not drawn. The weights of a "
    "new network are drawn at random, here once."
)
FLOW_UNSEEN = "The networks never saw {characters}; they read the text without."
FLOW_SHARES_TITLE = "Which guess is heard at which step"
FLOW_SHARES_HELP = (
    "One column a character. Its height is all the gradient that arrives at the state after that "
    "character, cut by how much later the guess was whose error it is, the nearest at the bottom. "
    "Sizes only: two gradients may point against each other. At the right end no later guesses are "
    "left."
)
FLOW_STATES = {True: "trained", False: "new"}
FLOW_MEASURED_TITLE = "Measured beforehand, several times"
FLOW_MEASURED = (
    "New networks of these sizes let {rnn} (RNN), {gru} (GRU) and {lstm} (LSTM, forget bias 0) of "
    "a gradient through {distance} steps; with a forget bias of 1 the LSTM lets {one} through, and "
    "{three} with one of 3. So it is the forget bias that lets a new LSTM reach far, and not its "
    "gates alone."
)
FLOW_MEASURED_HOW = (
    "Part of the gradient that arrives, mean and (lowest to highest) of {runs} passages of "
    "{characters} characters of Tiny Shakespeare that no network learned from; the new weights are "
    "drawn anew for each, the trained ones come from one training a cell. "
    "Written by python -m training.gradient_flow."
)

PATH_INTRO = (
    "After each word the network's memory of a review is a long list of numbers. Here it is drawn "
    "as a point in the one plane that shows most of its changes, so the line is the way of the "
    "memory through the review, and each mark says how the verdict stood there. The plane leaves "
    "much out: two points that touch may still be far apart."
)
PATH_REVIEW = (
    "The cast is great and the music is lovely, but the story is so dull that I fell asleep."
)
PATH_OTHER = "The cast is great and the music is lovely, and the story is so moving that I cried."
PATH_EXAMPLES = {  # review, another version
    "One ending or the other": [PATH_REVIEW, PATH_OTHER],
    "Slow start, good end": [
        "It begins as a dull and tired film, but the second half is wonderful.",
        "It begins as a wonderful film, but the second half is dull and tired.",
    ],
    "With and without not": [
        "This is a good film and I would watch it again.",
        "This is not a good film and I would not watch it again.",
    ],
    "A whole review": [SENTIMENT_EXAMPLES["A whole review"][0], ""],
}
PATH_OTHER_LABEL = "Another version (may be empty)"
PATH_OTHER_HELP = "Change a word or two, and see where its way parts."
PATH_EMPTY = "The way through the review appears here."
PATH_HELP = "Point at a mark, tap it, or walk with ← and →."
PATH_ACROSS = "main direction, {share} of the changes; right tends to be more positive"
PATH_UP = "second direction, {share}"
PATH_TOLD = (
    "{whose}: {count} words, {end} positive at its end. The plane shows {share} of its changes."
)
PATH_HALF = (
    "Drawn is the half of {model} that reads forward. The other half reads from the end and votes "
    "too: together they say {verdict} positive."
)
PATH_WHOLE = "Drawn is the whole of {model}, which reads forward."

FOOT = (
    "Everything runs in this page's own server: no account, nothing stored. Use it from code: see "
    "*Use via API* below, or the README."
)
WENT_WRONG = "Something went wrong on our side; please try again."

INSIDE_INTRO = (
    "The networks of this page, opened up while they read **your** text. Everything here is "
    "computed from the weights that wrote and judged in the other tabs."
)
INSIDE_EXAMPLES = {  # by what a network was trained on
    "shakespeare": "HAMLET:\nTo be, or not to be, that is the question:\n"
    "Whether 'tis nobler in the mind to suffer\nThe slings and arrows of outrageous fortune,",
    "dinosaurs": "tyrannosaurus\ntriceratops\nstegosaurus\nvelociraptor\nbrachiosaurus\niguanodon",
    "reviews": "i walked out after half an hour , and i am glad that i did",
    "sentiment": SENTIMENT_EXAMPLES[FIRST_REVIEW][0],
}
INSIDE_OTHERS = {
    "Plain English": "The train to London leaves at nine. Please have your tickets ready, and mind "
    "the gap between the train and the platform.",
    "The same again": "the king and the queen and the king and the queen and the king and the ",
    "A film review": SENTIMENT_EXAMPLES["Complaint"][0],
}
INSIDE_BOX = "at least two characters, at most {characters:,}; of a review at most {words:,} words"
INSIDE_NONE = "There is no network here to look into; train one with {command}"
NEVER_SAW = "{model} never saw {characters}; it read the text without."
LAYER_ONE = "the only layer"
LAYER_FIRST, LAYER_LAST, LAYER_BETWEEN = "{} (reads the text)", "{} (top)", "{}"

INFLUENCE_INTRO = (
    "Point at a character, tap it, or walk with ← and →: the **higher and stronger** the bars "
    "behind earlier characters, the more they acted on the network's prediction of this one. It is "
    "the squared gradient of that prediction by each character read, as shares of their sum. It "
    "says what a small change would move, not why the network decided so."
)
INFLUENCE_WAYS = {"cells": "a text: RNN, GRU and LSTM", "review": "a review: the verdict"}
INFLUENCE_LEFT_OUT = (
    "RNN, GRU and LSTM have the same size and the same training. The larger “Tiny Shakespeare: the "
    "best” is not beside them: its map takes six times the computing, seconds instead of one."
)
INFLUENCE_REACH = "On average {near} of the influence comes from the last {last} {units}"
INFLUENCE_FAR = ", {far} from more than {back} back"
INFLUENCE_EMPTY = "Press Look, and the text appears here."

NEURONS_INTRO = (
    "The text coloured by one unit of a network: up and blue is towards +1, down and orange "
    "towards −1. Below each character stand the five that the network expected next, the likeliest "
    "first. Units are listed by how their value correlates with something simple; a correlation is "
    "all that it is."
)
NEURONS_RANKED = (
    "Units of this layer by their correlation r over {places:,} characters of {source}; “here” is "
    "r on your text. Of {units:,} units some correlate with anything by chance."
)
NEURONS_RANKED_HERE = (
    "Units of this layer by their correlation r over the {places} of your text. On so "
    "short a text some of {units:,} units correlate with anything by chance."
)
NEURONS_UNRANKED = "No simple feature varies enough in this text to correlate units with."
NEURONS_LATER = "The units are being ranked …"
NEURONS_SOURCES = {
    "shakespeare": "plays that it never read",
    "dinosaurs": "dinosaur names",
}

GATES_INTRO = (
    "Each picture is one gate or state of a layer: a row is a unit, a column a character, the "
    "liveliest units on top. Move the slider, press Play, or point into a picture to read the "
    "numbers of a unit at a place. A forget or keep gate near 1 holds what the unit has; an input "
    "gate near 0 lets nothing new in."
)
GATES = {  # what a film shows, as it is called on the page
    "forget": "forget gate f",
    "input": "input gate i",
    "reset": "reset gate r",
    "keep": "keep (update) gate z",
    "candidate": "candidate",
    "cell": "cell state, as tanh(c)",
    "output": "output gate o",
    "hidden": "hidden state h",
}
SATURATION_TITLE = "How often its gates are shut or open"
SATURATION = (
    "A point is a unit: to the right, the share of steps at which its gate was open (above 0.9); "
    "upwards, at which it was shut (below 0.1). Counted over {steps:,} steps of {source}."
)
SATURATION_SOURCES = {**NEURONS_SOURCES, "sentiment": "the examples in the tab Sentiment"}
SATURATION_LATER = "The gates are being counted over a longer text …"
YOUR_TEXT = "your text"
# ---- gradient check

CLINIC_INTRO = (
    "A gradient worked out by hand is easy to get wrong, and a network with a wrong one still "
    "learns a little. So each gradient of our NumPy cells stands beside the numeric one: move a "
    "number a little up and down, and see how the loss moves. Switch on a well-known mistake and "
    "see which entries turn red, and why."
)
CLINIC_NO_MISTAKE = "None: the code as it is"
CLINIC_MISTAKE_HELP = "one line of the code is changed; only the mistakes that this cell allows"
CLINIC_MISTAKES = {  # by their names in inference.bug_clinic
    "no_time": "No gradient through time",
    "derivative": "Wrong derivative",
    "transposed": "Transposed weight",
    "no_carry": "Missing carry",
    "bias_sum": "Dropped bias sum",
}
CLINIC_RIGHT = "All {entries} entries of {arrays} gradients agree."
CLINIC_WRONG = "{wrong} of {entries} entries are wrong, in {touched} of {arrays} gradients."
CLINIC_SIZE = (
    "{cell}, {units} units, {steps}; largest relative error {largest:.1e}, and above {limit:.0e} "
    "is wrong"
)
CLINIC_UNSEEN = (
    "The mistake is there, and the check does not see it: with one step nothing is handed back and "
    "nothing added up. So check gradients over two steps and more."
)
CLINIC_LEGEND = (
    "<span>· right</span><span>✗ wrong; the stronger the red, the larger the error</span>"
    "<span>in dx a column is a step</span>"
    "<span>point at an entry, tap it, or walk with ← and →</span>"
)
CLINIC_ARRAYS = {  # what each gradient is by
    "dWax": "weights, input to state",
    "dWaa": "weights, state to state",
    "dba": "bias of the state",
    "dWr": "weights of the reset gate",
    "dWz": "weights of the update gate",
    "dWn": "weights of the candidate",
    "dbr": "bias of the reset gate",
    "dbz": "bias of the update gate",
    "dbn": "bias of the candidate",
    "dbna": "bias of the candidate's state part",
    "dWf": "weights of the forget gate",
    "dWi": "weights of the input gate",
    "dWc": "weights of the candidate",
    "dWo": "weights of the output gate",
    "dbf": "bias of the forget gate",
    "dbi": "bias of the input gate",
    "dbc": "bias of the candidate",
    "dbo": "bias of the output gate",
    "dx": "inputs",
    "da0": "initial state",
    "dc0": "initial cell state",
}
_NO_TIME = (
    "The code gives each step the gradient of its own output only. It should add "
    "<code>da_prevt</code>, what the step after handed back: a state changes all that comes later. "
    "So only the last step's input is right, and with one step everything is, which is why a test "
    "of a single step never finds it. The expected values that a well-known course printed for its "
    "LSTM until 2021 came from code without a way through time, and two much-copied NumPy LSTMs "
    "have none to this day."
)
_BIAS_SUM = (
    "The code has <code>=</code> where it should have <code>+=</code>. All steps share the biases, "
    "so their gradients add up over the steps; here only the share of the first step is left, the "
    "one that is computed last. No other gradient is made from these, so nothing else is wrong, "
    "and a network still learns with it: only a check finds it. Learners meet it when they write "
    "many sums by hand and miss one character; its twin, a forgotten sum over the batch, at least "
    "gives a wrong shape."
)
CLINIC_WHY = {  # by mistake and cell
    ("no_time", "rnn"): _NO_TIME,
    ("no_time", "gru"): _NO_TIME,
    ("no_time", "lstm"): _NO_TIME,
    ("derivative", "rnn"): (
        "The code has <code>(1 - a)²</code>, and it should have <code>1 - a²</code>, the "
        "derivative of tanh in terms of its own result. Every gradient passes through this line, "
        "so every entry is wrong, with any number of steps. The two look alike, and some tutorials "
        "print the wrong one; learners copy it from there."
    ),
    ("derivative", "gru"): (
        "The code multiplies by the gate <code>z</code>, and it should multiply by the derivative "
        "of the sigmoid, <code>z (1 - z)</code>. With one step it hits the update gate's own "
        "gradients and what goes out of the cell (dx, da0); with more steps da carries it into all "
        "others. Learners meet it when they take the output of the sigmoid for its derivative."
    ),
    ("derivative", "lstm"): (
        "The code multiplies by the gate <code>f</code>, and it should multiply by the derivative "
        "of the sigmoid, <code>f (1 - f)</code>. With one step it hits the forget gate's own "
        "gradients and what goes out of the cell (dx, da0); with more steps da carries it into all "
        "others. Two much-copied NumPy LSTMs have a sigmoid here instead of its derivative, and "
        "their users asked why no gradient check passes."
    ),
    ("transposed", "rnn"): (
        "The way back needs <code>Waa.T</code>: what was a row on the way out is a column on the "
        "way back. The state's matrix is square, so NumPy multiplies either way and says nothing. "
        "With one step only da0 is wrong; with more, all that the earlier steps had a share in. "
        "Learners know the same slip with <code>Wax</code>, where it is an error about shapes and "
        "a frequent question in forums. The LSTM here has no square matrix, so it cannot be made "
        "there."
    ),
    ("transposed", "gru"): (
        "The way back needs <code>Waz.T</code>: what was a row on the way out is a column on the "
        "way back. The part of a gate's matrix that reads the state is square, so NumPy multiplies "
        "either way and says nothing. With one step only da0 is wrong; with more, all that the "
        "earlier steps had a share in. Learners know the same slip with the part that reads the "
        "input, where it is an error about shapes."
    ),
    ("no_carry", "gru"): (
        "A GRU keeps a share z of its state as it is, so the same share of the gradient, "
        "<code>da_next * zt</code>, goes straight back to the state before. The code leaves it "
        "out, and only the ways through the gates remain, although this is the very path that lets "
        "a GRU learn over long distances. Learners forget it because a plain RNN has no such term."
    ),
    ("no_carry", "lstm"): (
        "The cell state has its own way through time: c is f times the c before, so "
        "<code>dc * f</code> must be handed to the step before. The code computes it and never "
        "passes it on. dc0 stays zero, and all that depends on the cell state of an earlier step "
        "is wrong; the output gate is hit last, and with two steps it is still right. Learners "
        "make <code>dc_prevt</code> before the loop and forget to set it inside."
    ),
    ("bias_sum", "rnn"): _BIAS_SUM,
    ("bias_sum", "gru"): _BIAS_SUM,
    ("bias_sum", "lstm"): _BIAS_SUM,
}

# ---- dates

DATES_INTRO = (
    "A network reads a date as people write it, in many languages, and writes it in ISO 8601. A "
    "line goes from each character of the answer to where the network looked in the text as it "
    "wrote that character; where it looked is not yet why. Force a character and see what that "
    "does to the rest."
)
FIRST_DATE = "thursday 3 may 1979"
DATE_PLACEHOLDER = "3 May 1979"
DATE_HELP = "one date, with its year in four digits; the answer follows as you type"
DATE_EMPTY = "Where the network looked appears here."
FORCE_HELP = "Type a digit into a field to force it; clear it to set it free."
FREE_ALL = "Free all"
MAP_LABEL = "Attention: a row a character of the answer; walk with the arrow keys"
LOOK_HELP = (
    "Point at a field, a character of the text or a cell of the map, tap it, or walk with Tab and "
    "the arrow keys. The weights of a row are in percent and sum to 100."
)
NO_DAY = "not a day of the calendar"
FORCED = "Forced: {forced}."
DATE_RIGHT = "It means {meant}, and so says the network."
DATE_WRONG = "It means {meant}: the network is wrong here."
DATE_UNCLEAR = "Nobody can tell from the text alone what it means."
UNLEARNED = (
    "The network never learned this style: of {dates:,} such dates it gets {exact} right, and "
    "dateutil {baseline}."
)
DATE_EXAMPLES = {  # label: written, what it means (None: nobody can tell)
    "English": (FIRST_DATE, "1979-05-03"),
    "French": ("vendredi 14 juillet 1989", "1989-07-14"),
    "German": ("Donnerstag, 9. November 1989", "1989-11-09"),
    "Hungarian": ("1956. október 23.", "1956-10-23"),
    "Month first": ("July 20th, 1969", "1969-07-20"),
    "Eight digits": ("20240229", "2024-02-29"),
    "No such day": ("31 february 2001", None),
    "Two digits of a year": ("3 May 79", None),
    "Day or month first?": ("3/5/1979", None),
}
UNLEARNED_TITLE = "Styles that it never learned, and how many of such dates it gets right"
UNLEARNED_DATES = {  # style in metrics.json: label, written, what it means
    "two letters swapped (21 augsut 1979)": ("Two letters swapped", "21 augsut 1979", "1979-08-21"),
    "in a sentence (she was born on 21 august 1979 in paris)": (
        "In a sentence", "she was born on 21 august 1979 in paris", "1979-08-21",
    ),
    "Croatian (21. kolovoza 1979.)": ("Croatian", "21. kolovoza 1979.", "1979-08-21"),
    "month in Roman numerals (21.viii.1979)": ("Roman numerals", "21.viii.1979", "1979-08-21"),
    "day of the year (1979-233)": ("Day of the year", "1979-233", "1979-08-21"),
    "day in words (the twenty-first of august 1979)": (
        "Day in words", "the twenty-first of august 1979", "1979-08-21",
    ),
    "week date (1979-w34-2)": ("Week date", "1979-w34-2", "1979-08-21"),
}  # fmt: skip
DATE_FIGURES_TITLE = "How good is it, by style and language?"
DATE_FIGURES = (
    "Share of dates that are exact in all ten characters, on dates that it never saw. A ✗ marks "
    "what is below 99 %. dateutil reads by rules, and English only."
)
LANGUAGES = {  # by code in metrics.json
    "cs": "Czech", "da": "Danish", "de": "German", "digits": "digits only", "en": "English",
    "es": "Spanish", "fi": "Finnish", "fr": "French", "hu": "Hungarian", "id": "Indonesian",
    "it": "Italian", "nb": "Norwegian", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "sv": "Swedish", "tr": "Turkish",
}  # fmt: skip
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
