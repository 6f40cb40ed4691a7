"""The prose of the tab Dates."""

from __future__ import annotations

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
