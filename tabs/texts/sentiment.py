"""The prose of the tab Sentiment."""

from __future__ import annotations

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
    "labelled reviews, the best one from the unlabelled ones too."
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
