"""The prose of the tab Text and its sub-tabs."""

from __future__ import annotations

TEXT_INTRO = (
    "A network that read its training text **one character at a time** goes on where your prompt "
    "ends. It learned how its text looks, not what it means."
)
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
CELL_LINES = {
    "rnn": "one state, overwritten at each step",
    "gru": "two gates decide what to keep",
    "lstm": "three gates and a memory",
}

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
OWN_KEY = {
    "line-train": "on what it learns from",
    "line-valid": "on a part that it does not learn from",
}
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
