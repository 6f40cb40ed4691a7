"""The prose of the tab Inside, but for the gradient check."""

from __future__ import annotations

from tabs.texts.sentiment import FIRST_REVIEW, SENTIMENT_EXAMPLES

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
PATH_ACROSS = "main direction{share}; right tends to be more positive"
PATH_UP = "second direction{share}"
PATH_SHARE = ", {share} of the changes"
PATH_TOLD = (
    "{whose}: {count} words, {end} positive at its end. The plane shows {share} of its changes."
)
PATH_HALF = (
    "Drawn is the half of {model} that reads forward. The other half reads from the end and votes "
    "too: together they say {verdict} positive."
)
PATH_WHOLE = "Drawn is the whole of {model}, which reads forward."

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
