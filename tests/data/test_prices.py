"""Laws of price tables: what a CSV may contain, what is repaired, what is refused and in which
words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InputError
from data.price_files import MAX_BYTES
from data.price_table import COLUMNS, MAX_ROWS, MINIMUM_DAYS, validate_prices
from data.prices import PriceHistory, read_csv

TODAY = date(2026, 11, 20)


def table(days: int = 80, end: str = "2026-11-19") -> pd.DataFrame:
    """A sound table with a column Date, as strings, as in a CSV."""
    dates = pd.bdate_range(end=end, periods=days)
    close = 100 + np.sin(np.arange(days))
    return pd.DataFrame(
        {
            "Date": dates.strftime("%Y-%m-%d"),
            "Open": close - 0.1,
            "High": close + 1,
            "Low": close - 1,
            "Close": close,
            "Volume": 1000.0,
        }
    )


def refusal(frame: pd.DataFrame) -> str:
    with pytest.raises(InputError) as caught:
        validate_prices(frame, "prices.csv", TODAY)
    return str(caught.value)


def test_a_sound_table_passes_without_a_note() -> None:
    frame, notes = validate_prices(table(), "prices.csv", TODAY)
    assert notes == ()
    assert list(frame.columns) == list(COLUMNS)
    assert (frame.dtypes == np.float64).all()
    np.testing.assert_allclose(frame["Close"], table()["Close"])
    assert frame.index[0] == pd.Timestamp(table()["Date"][0])


def test_the_answer_is_accepted_again_unchanged() -> None:
    once, _ = validate_prices(table(), "prices.csv", TODAY)
    twice, notes = validate_prices(once, "prices.csv", TODAY)
    pd.testing.assert_frame_equal(once, twice)
    assert notes == ()


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "UTC"])
def test_a_time_zone_does_not_move_a_day(zone: str) -> None:
    plain = table()
    aware = plain.set_index(pd.DatetimeIndex(plain["Date"]).tz_localize(zone)).drop(columns="Date")
    written = plain.assign(Date=plain["Date"] + " 00:00:00-05:00")
    expected = validate_prices(plain, "x", TODAY)[0]
    for variant in (aware, aware.rename_axis("Date").reset_index(), written):
        pd.testing.assert_frame_equal(
            validate_prices(variant, "x", TODAY)[0], expected, check_freq=False
        )


@pytest.mark.parametrize(
    "renaming",
    [
        {column: column.lower() for column in ("Date", *COLUMNS)},
        {column: f"<{column.upper()}>" for column in ("Date", *COLUMNS)},
        {"Close": "Close/Last"},
        {"Close": "Price", "Volume": "Vol."},
    ],
)
def test_vendors_names_of_columns_are_understood(renaming: dict[str, str]) -> None:
    frame, notes = validate_prices(table().rename(columns=renaming), "x", TODAY)
    pd.testing.assert_frame_equal(frame, validate_prices(table(), "x", TODAY)[0])
    assert notes == ()


@pytest.mark.parametrize(
    "pattern",
    [
        "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%dT%H:%M:%SZ", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y",
        "%d.%m.%Y", "%d.%m.%y", "%d-%m-%Y", "%m/%d/%Y 16:00:00", "%b %d, %Y", "%B %d, %Y",
        "%d-%b-%y", "%d-%B-%Y", "%d %b %Y", "%a %b %d %Y", "%A, %B %d, %Y", "%s", "%s000",
    ],
)  # fmt: skip
def test_dates_in_common_formats_are_the_same_days(pattern: str) -> None:
    dates = pd.to_datetime(table()["Date"]).dt.strftime(pattern)
    frame, _ = validate_prices(table().assign(Date=dates), "x", TODAY)
    assert list(frame.index.strftime("%Y-%m-%d")) == list(table()["Date"])


def test_volumes_in_thousands_and_millions_are_read() -> None:
    volume = ["12.3M", "1.5K", "2B", "-", "1,234", "lots"] + ["7"] * 74
    frame, _ = validate_prices(table().assign(Volume=volume), "x", TODAY)
    np.testing.assert_allclose(frame["Volume"].iloc[:6], [12.3e6, 1.5e3, 2e9, 0.0, 1234.0, 0.0])


def test_marks_of_currency_and_thousands_are_read() -> None:
    text = table().assign(Close=[f"${price * 100:,.2f}" for price in table()["Close"]])
    text[["Open", "High", "Low"]] *= 100
    frame, _ = validate_prices(text, "x", TODAY)
    np.testing.assert_allclose(frame["Close"], table()["Close"] * 100, atol=0.01)


def test_adj_close_adjusts_the_whole_day() -> None:
    plain = table()
    frame, notes = validate_prices(plain.assign(**{"Adj Close": plain["Close"] / 2}), "x", TODAY)
    for column in ("Open", "High", "Low", "Close"):
        np.testing.assert_allclose(frame[column], plain[column] / 2)
    assert "adjusted" in notes[0]


def test_adj_close_without_close_serves_alone() -> None:
    plain = table()
    halved = plain.drop(columns="Close").assign(**{"Adj Close": plain["Close"] / 2})
    frame, notes = validate_prices(halved, "x", TODAY)
    for column in ("Open", "High", "Low", "Close"):
        np.testing.assert_allclose(frame[column], plain["Close"] / 2)
    assert "Adj Close serves alone" in notes[0]


def test_unsorted_days_are_sorted_and_it_is_said() -> None:
    frame, notes = validate_prices(table().iloc[::-1], "x", TODAY)
    pd.testing.assert_frame_equal(frame, validate_prices(table(), "x", TODAY)[0])
    assert "sorted" in " ".join(notes)


def test_a_row_that_stands_there_twice_is_left_out() -> None:
    frame, notes = validate_prices(pd.concat([table(), table().iloc[[3]]]), "x", TODAY)
    assert len(frame) == len(table())
    assert "twice" in " ".join(notes)


def test_two_prices_for_one_day_are_refused() -> None:
    other = table().iloc[[3]].assign(Close=99.9)
    assert "different prices for the same day" in refusal(pd.concat([table(), other]))


def test_prices_within_the_day_are_refused_as_such() -> None:
    hours = pd.concat([table().assign(Close=table()["Close"] + k) for k in range(4)])
    assert "about 4 rows a day" in refusal(hours)


def test_rows_without_a_price_are_left_out() -> None:
    blank = table().astype(object)
    blank.loc[5, "Close"] = "null"
    blank.loc[7, "Open"] = np.nan
    frame, notes = validate_prices(blank, "x", TODAY)
    assert len(frame) == len(table()) - 2
    assert notes == ("2 rows without a price left out.",)


def test_closes_alone_serve_and_it_is_said() -> None:
    frame, notes = validate_prices(table()[["Date", "Close"]], "x", TODAY)
    for column in ("Open", "High", "Low"):
        np.testing.assert_array_equal(frame[column], frame["Close"])
    assert "only the closes" in notes[0]
    assert "volume" in notes[1]


def test_a_day_contains_its_open_and_close() -> None:
    narrow = table().assign(High=table()["Close"] - 0.05, Low=table()["Close"] - 0.06)
    frame, _ = validate_prices(narrow, "x", TODAY)
    assert (frame["High"] >= frame[["Open", "Close"]].max(axis=1)).all()
    assert (frame["Low"] <= frame[["Open", "Close"]].min(axis=1)).all()


@pytest.mark.parametrize("price", [0.0, -1.0])
@pytest.mark.parametrize("column", ["Open", "High", "Low", "Close"])
def test_a_price_that_is_not_positive_is_refused_by_row_and_column(
    column: str, price: float
) -> None:
    frame = table()
    frame.loc[10, column] = price
    sentence = refusal(frame)
    assert "Row 12 " in sentence
    assert column in sentence


@pytest.mark.parametrize("price", [1e-300, 1e300])
def test_what_no_price_can_be_is_refused_by_row(price: float) -> None:
    frame = table()
    frame.loc[10, "Close"] = price
    assert "Row 12 " in refusal(frame)


def test_high_below_low_is_refused_by_row() -> None:
    frame = table()
    frame.loc[10, ["High", "Low"]] = 99.0, 101.0
    assert "Row 12 of prices.csv: High is below Low" in refusal(frame)


def test_impossible_prices_are_mended_where_nobody_can_correct_them() -> None:
    frame = table()
    frame.loc[10, "Open"] = 0.0
    frame.loc[11, "Close"] = -1.0
    frame.loc[12, ["High", "Low"]] = 99.0, 101.0
    frame.loc[13, "Low"] = np.nan
    future = frame.iloc[[-1]].assign(Date="2027-01-01")
    twice = frame.iloc[[-1]].assign(Close=100.5)
    checked, notes = validate_prices(pd.concat([frame, twice, future]), "X", TODAY, mend=True)
    assert len(checked) == 79
    assert checked["Close"].iloc[-1] == 100.5
    assert (checked["High"] >= checked["Low"]).all()
    assert (checked[["Open", "High", "Low", "Close"]] > 0).all(axis=None)
    assert notes[0] == "3 days with impossible prices mended by the close."
    assert notes[1] == "3 rows without a price left out."


def test_text_in_a_price_is_refused_by_row_and_column() -> None:
    frame = table().astype(object)
    frame.loc[4, "High"] = "lots"
    sentence = refusal(frame)
    assert "Row 6 " in sentence
    assert "'lots'" in sentence
    assert "High" in sentence


def test_what_is_no_date_is_refused_by_row() -> None:
    frame = table()
    frame.loc[4, "Date"] = "yesterday"
    assert "Row 6 " in refusal(frame)


@pytest.mark.parametrize("pattern", ["%d/%m/%Y", "%m/%d/%Y"])
def test_of_two_readings_of_dates_the_closer_one_counts_and_is_said(pattern: str) -> None:
    months = pd.date_range("2019-01-01", periods=80, freq="MS")  # no day above 12
    frame, notes = validate_prices(table().assign(Date=months.strftime(pattern)), "x", TODAY)
    assert list(frame.index) == list(months)
    words = {"%d/%m/%Y": "day/month/year, 01/02/2019", "%m/%d/%Y": "month/day/year, 02/01/2019"}
    assert f"read as {words[pattern]} as 01 February 2019" in notes[0]


@pytest.mark.parametrize("order", [1, -1])
def test_dates_that_contradict_each_other_are_refused_by_row(order: int) -> None:
    dates = ["13/01/2020", "14/01/2020", "01/15/2020"][::order] + ["16/01/2020"] * 77
    row = {1: 4, -1: 2}[order]
    assert f"Row {row} of prices.csv: '01/15/2020' is not a date" in refusal(
        table().assign(Date=dates)
    )


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2025-02-30", "00/00/2020", "today"])
def test_a_day_that_no_calendar_has_is_refused_by_row(day: str) -> None:
    frame = table()
    frame.loc[79, "Date"] = day
    assert f"Row 81 of prices.csv: {day!r} is not a date" in refusal(frame)


def test_a_day_in_the_future_is_refused() -> None:
    assert "future" in refusal(table(end="2026-12-24"))


@pytest.mark.parametrize("missing", ["Date", "Close"])
def test_a_missing_column_is_named(missing: str) -> None:
    assert f"no column {missing}" in refusal(table().drop(columns=missing))


def test_too_few_days_are_refused() -> None:
    assert f"5 days with prices; a forecast needs at least {MINIMUM_DAYS}" in refusal(table(5))


def test_of_a_very_long_series_the_latest_days_are_kept() -> None:
    days = MAX_ROWS + 500
    long = pd.DataFrame(
        {"Close": 1.0, "Volume": 1.0}, index=pd.date_range(end="2026-11-19", periods=days)
    )
    frame, notes = validate_prices(long, "x", TODAY)
    assert len(frame) == MAX_ROWS
    assert str(frame.index[-1].date()) == "2026-11-19"
    assert any("latest" in note for note in notes)


def test_weekly_rows_and_gaps_are_said() -> None:
    weekly = table().assign(
        Date=pd.date_range(end="2026-11-19", periods=80, freq="7D").strftime("%Y-%m-%d")
    )
    assert "7 days apart, so these are weekly" in validate_prices(weekly, "x", TODAY)[1][0]
    torn = table()
    torn.loc[:39, "Date"] = pd.bdate_range(end="2025-01-01", periods=40).strftime("%Y-%m-%d")
    assert "gap" in validate_prices(torn, "x", TODAY)[1][0]


def test_a_leap_is_said_with_its_day_and_size() -> None:
    split = table()
    split.loc[40:, ["Open", "High", "Low", "Close"]] *= 0.1
    notes = validate_prices(split, "x", TODAY)[1]
    day = split["Date"][40]
    assert f"The close of {day} is -90% from the one before it: if that was a split" in notes[0]
    split.loc[60:, ["Open", "High", "Low", "Close"]] *= 3.0
    assert "the largest of 2" in validate_prices(split, "x", TODAY, mend=True)[1][0]


def test_a_price_that_never_moves_is_said() -> None:
    still = table().assign(Open=5.0, High=5.0, Low=5.0, Close=5.0)
    assert "same on all days" in validate_prices(still, "x", TODAY)[1][0]


@settings(deadline=None)
@given(
    cells=st.lists(
        st.tuples(st.integers(0, 79), st.sampled_from(("Date", *COLUMNS)), st.text(max_size=12)),
        max_size=4,
    )
)
def test_any_text_in_a_table_gives_a_sound_frame_or_one_sentence(
    cells: list[tuple[int, str, str]],
) -> None:
    frame = table().astype(object)
    for row, column, text in cells:
        frame.loc[row, column] = text
    try:
        checked, _ = validate_prices(frame, "x", TODAY)
    except InputError:
        return
    assert np.isfinite(checked.to_numpy()).all()
    assert (checked[["Open", "High", "Low", "Close"]] > 0).all(axis=None)
    assert checked.index.is_unique
    assert checked.index.is_monotonic_increasing


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_csv_is_read_in_each_common_dress(tmp_path: Path, separator: str, encoding: str) -> None:
    path = tmp_path / "Zürich.csv"
    path.write_text(table().assign(Note="é").to_csv(index=False, sep=separator), encoding=encoding)
    history = read_csv(path, TODAY)
    assert history.source == "uploaded file Zürich.csv"
    assert history.kind == "file"
    np.testing.assert_allclose(history.frame["Close"], table()["Close"])


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01PNG", b"hello", b'"unclosed,\n1,2\n', b"Date,Close\n2024-01-02,1,234.5\n"],
)
def test_a_file_that_is_no_table_gets_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.csv"):
        read_csv(path, TODAY)


def test_with_semicolons_the_comma_is_the_decimal_point(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    text = table().assign(Close=[f"1.{price:06.2f}" for price in table()["Close"]])
    text["Close"] = [cell[:5] + "," + cell[6:] for cell in text["Close"]]  # 1.100,84
    text[["Date", "Close"]].to_csv(path, index=False, sep=";")
    closes = read_csv(path, TODAY).frame["Close"]
    np.testing.assert_allclose(closes, 1000 + table()["Close"], atol=0.006)


def test_the_longest_files_are_answered(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    path.write_text("Date,Close\n" + "2020-01-02,10.5\n" * 600_000)
    with pytest.raises(InputError, match="1 day with prices"):
        read_csv(path, TODAY)


def test_a_file_over_the_size_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(InputError, match="MB"):
        read_csv(path, TODAY)
    with pytest.raises(InputError, match="cannot be read"):
        read_csv(tmp_path / "absent.csv", TODAY)


def test_as_of_keeps_the_days_up_to_it() -> None:
    frame, _ = validate_prices(table(), "x", TODAY)
    history = PriceHistory("X", frame, "uploaded file x.csv")
    day = frame.index[30].date()
    assert history.as_of(day).last_date == day
    assert len(history.as_of(day).frame) == 31
    assert len(history.as_of(date(1999, 1, 1)).frame) == 0
