"""Dates as people write them, made from a seed: days -> strings in many languages and styles.

A style is a pattern of the CLDR, whose names of months and weekdays come through ``babel``; English
ordinals are added here. The years are always the calendar's ``y``, never the ``Y`` of week-years,
which is another number around New Year. Every string means one day only: two-digit years do not
occur, 3/5/1979 neither (13/5/1979 does), and of the LANGUAGES no two share a name for different
months (so Croatian cannot be one of them: its "lip" is June, in Polish it is July).
``OTHER_STYLES`` are never learned; they show what the network cannot do. Nothing here knows a
network.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from babel import Locale
from babel.dates import format_date

from data.errors import InputError
from data.translation import Example, clean

LANGUAGES = (
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "pl", "cs", "hu", "ro", "tr",
    "id",
)  # fmt: skip
# The years of four digits that begin with 1 or 2, by today's calendar throughout.
FIRST_DAY, LAST_DAY = date(1000, 1, 1), date(2999, 12, 31)

DIGIT_STYLES = {
    "ISO": ("y-MM-dd",),
    "year first, slashes": ("y/MM/dd", "y/M/d"),
    "year first, dots": ("y.MM.dd", "y.M.d", "y. MM. dd."),
    "eight digits": ("yMMdd",),
    "day first, dots": ("d.M.y", "dd.MM.y", "d. M. y"),
    "day first, slashes or hyphens": ("d/M/y", "dd/MM/y", "d-M-y", "dd-MM-y"),
    "month first, slashes or hyphens": ("M/d/y", "MM/dd/y", "M-d-y", "MM-dd-y"),
}
UNSURE = ("day first, slashes or hyphens", "month first, slashes or hyphens")  # 3/5/1979
# "full" and "long" are the patterns of each language, such as "d 'de' MMMM 'de' y".
NAME_STYLES = {
    "full": ("full",),
    "long": ("long",),
    "day month year": ("d MMMM y", "dd MMMM y", "d. MMMM y"),
    "short month": ("d MMM y", "dd MMM y", "d. MMM y"),
    "weekday": ("EEEE d MMMM y", "EEEE, d. MMMM y"),
    "short weekday": ("EEE d MMM y", "EEE, d MMMM y"),
    "hyphens": ("d-MMM-y", "dd-MMM-y", "d-MMMM-y"),
    "year first": ("y MMMM d", "y-MMM-dd", "y MMM d"),
}
# "#" stands for the ending of the ordinal: 1st, 2nd, 3rd, 4th.
ENGLISH_STYLES = {
    "month first": ("MMMM d, y", "MMM d, y", "EEEE, MMMM d, y", "EEE, MMM d, y"),
    "ordinal": ("d# MMMM y", "d# 'of' MMMM, y", "'the' d# 'of' MMMM, y", "d# MMM y",
                "EEEE 'the' d# 'of' MMMM y", "EEE d# MMMM y"),
    "month first, ordinal": ("MMMM d#, y", "MMM d# y", "EEEE, MMMM d#, y", "MMMM 'the' d#, y"),
}  # fmt: skip
DIGITS_SHARE, ENGLISH_SHARE = 0.15, 0.3  # of the examples
NO_COMMAS, NO_DOTS, NO_ACCENTS = 0.3, 0.3, 0.2  # how often people leave them out


@dataclass(frozen=True)
class DateSplits:
    """Examples for training, for choosing the epoch, and for one test at the end."""

    train: list[Example]
    valid: list[Example]
    test: list[Example]


def make_splits(train: int, valid: int, test: int, seed: int) -> DateSplits:
    """So many examples of each, a function of ``seed`` and the sizes alone.

    Each is of another day. So no answer is in two splits, and no source string either, since a
    string means one day. InputError for a split without an example, or more of them than days.
    """
    days = range(FIRST_DAY.toordinal(), LAST_DAY.toordinal() + 1)
    if min(train, valid, test) < 1 or train + valid + test > len(days):
        raise InputError(
            f"Each split needs an example, and all together have {len(days):,} at most; give "
            "other sizes."
        )
    rng = random.Random(seed)
    drawn = rng.sample(days, train + valid + test)
    examples = [write(date.fromordinal(day), rng) for day in drawn]
    return DateSplits(examples[:train], examples[train : train + valid], examples[train + valid :])


def write(day: date, rng: random.Random) -> Example:
    """``day`` in a language and a style drawn with ``rng``."""
    if rng.random() < DIGITS_SHARE:
        can_be_read = day.day > 12 or day.day == day.month
        style = rng.choice([s for s in DIGIT_STYLES if can_be_read or s not in UNSURE])
        text = written(day, rng.choice(DIGIT_STYLES[style]))
        return Example(clean(text), day.isoformat(), style, "")
    language = "en" if rng.random() < ENGLISH_SHARE else rng.choice(LANGUAGES)
    styles = NAME_STYLES | ENGLISH_STYLES if language == "en" else NAME_STYLES
    style = rng.choice(list(styles))
    text = written(day, rng.choice(styles[style]), language)
    if rng.random() < NO_COMMAS:
        text = text.replace(",", "")
    if rng.random() < NO_DOTS:
        text = text.replace(".", "")
    if rng.random() < NO_ACCENTS:
        text = without_accents(text)
    return Example(clean(text), day.isoformat(), style, language)


def written(day: date, pattern: str, language: str = "en") -> str:
    """``day`` by a CLDR pattern, or by the pattern of ``language`` that is called "full" or "long";
    "#" in a pattern becomes the ending of the English ordinal."""
    if pattern in ("full", "long"):
        pattern = Locale.parse(language).date_formats[pattern].pattern
    return format_date(day, pattern, locale=language).replace("#", ordinal_ending(day.day))


def ordinal_ending(number: int) -> str:
    """st, nd, rd or th, for a day of the month."""
    return "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def without_accents(text: str) -> str:
    """``text`` in plain letters, as on a keyboard without the others: février -> fevrier."""
    text = text.translate(str.maketrans("ıłŁøØ", "ilLoO"))
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_ONES = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_WORDS = (
    *_ONES, "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth",
    "seventeenth", "eighteenth", "nineteenth", "twentieth", *(f"twenty-{o}" for o in _ONES[1:]),
    "thirtieth", "thirty-first",
)  # fmt: skip


def _typo(day: date) -> str:
    """Two neighbouring letters near the end of the month's name swapped."""
    month = written(day, "MMMM")
    swapped = month[:-3] + month[-2] + month[-3] + month[-1]
    return f"{day.day} {swapped} {day.year}"


def _week_date(day: date) -> str:
    year, week, weekday = day.isocalendar()
    return f"{year}-w{week:02d}-{weekday}"


# Styles that no training has seen: how a day is written in each.
OTHER_STYLES: dict[str, Callable[[date], str]] = {
    "th after every day (21th of august 1979)": lambda day: (
        f"{day.day}th of {written(day, 'MMMM y')}"
    ),
    "year before the day (1979, 21 august)": lambda day: written(day, "y, d MMMM"),
    "no blanks (21august1979)": lambda day: written(day, "dMMMMy"),
    "slashes around a name (21/aug/1979)": lambda day: written(day, "dd/MMM/y"),
    "two letters swapped (21 augsut 1979)": _typo,
    "with the time (21 august 1979 14:30)": lambda day: written(day, "d MMMM y '14:30'"),
    "in a sentence (she was born on 21 august 1979 in paris)": lambda day: written(
        day, "'she was born on' d MMMM y 'in paris'"
    ),
    "day in words (the twenty-first of august 1979)": lambda day: (
        f"the {_WORDS[day.day]} of {written(day, 'MMMM y')}"
    ),
    "month in Roman numerals (21.viii.1979)": lambda day: (
        f"{day.day}.{_ROMAN[day.month - 1]}.{day.year}"
    ),
    "name of the month alone (21 sierpień 1979, Polish)": lambda day: written(
        day, "d LLLL y", "pl"
    ),
    "week date (1979-w34-2)": _week_date,
    "day of the year (1979-233)": lambda day: f"{day.year}-{day.timetuple().tm_yday:03d}",
    "Catalan (21 d’agost del 1979)": lambda day: written(day, "long", "ca"),
    "Estonian (21. august 1979)": lambda day: written(day, "long", "et"),
    "Croatian (21. kolovoza 1979.)": lambda day: written(day, "long", "hr"),
}
LATE_YEARS = "years from 5000 to 6999"


def other_examples(days: Sequence[date]) -> list[Example]:
    """Each of ``days`` in each of OTHER_STYLES, and 4,000 years later in a learned style."""
    later = [day.replace(year=day.year + 4000) for day in days]  # leap years stay leap years
    return [
        Example(clean(write_day(day)), day.isoformat(), style, "")
        for style, write_day in OTHER_STYLES.items()
        for day in days
    ] + [
        Example(clean(written(day, "d MMMM y")), day.isoformat(), LATE_YEARS, "en") for day in later
    ]
