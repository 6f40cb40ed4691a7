"""Laws of files of prices: whatever program wrote one, the same prices come out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import InputError
from data.prices import read_csv

TODAY = date(2026, 11, 20)
DAYS = pd.bdate_range(end="2026-11-19", periods=80)
CLOSE = np.round(1500 + 300 * np.sin(np.arange(80)), 2)  # around 1,000, so that marks are needed

Row = Callable[[pd.Timestamp, float], str]


def english(price: float) -> str:
    return f"{price:,.2f}"


def german(price: float) -> str:
    return english(price).translate(str.maketrans(",.", ".,"))


def french(price: float) -> str:
    return english(price).translate(str.maketrans({",": "\u202f", ".": ","}))


def lines(header: str, row: Row) -> str:
    return "\n".join([header, *(row(d, p) for d, p in zip(DAYS, CLOSE, strict=True))])


def plain_row(d: pd.Timestamp, p: float) -> str:
    return f"{d.date()},{p},{p + 9},{p - 9},{p},1234000"


def newest_first(text: str) -> str:
    header, *rows = text.split("\n")
    return "\n".join([header, *rows[::-1]])


# Open, High, Low and Close of a day are the close p, p + 9, p - 9 and p; the volume is 1,234,000.
LAYOUTS = {
    "yahoo.csv": lines(
        "Date,Open,High,Low,Close,Adj Close,Volume",
        lambda d, p: f"{d.date()},{2 * p},{2 * p + 18},{2 * p - 18},{2 * p},{p},1234000",
    )
    + "\n2026-11-18,null,null,null,null,null,null\n",
    "yahoo-page.csv": lines(
        "Date,Open,High,Low,Close Close price adjusted for splits.,"
        "Adj Close Adjusted close price adjusted for splits and dividends.,Volume",
        lambda d, p: (
            f'"{d:%b %d, %Y}","{english(p)}","{english(p + 9)}","{english(p - 9)}",'
            f'"{english(p)}","{english(p)}","1,234,000"'
        ),
    )
    + '\n"Aug 7, 2026",0.24 Dividend,,,,,',
    "yfinance.csv": lines(
        "Price,Close,High,Low,Open,Volume\nTicker,AAPL,AAPL,AAPL,AAPL,AAPL\nDate,,,,,",
        plain_row,
    ),
    "stooq.csv": lines(
        "Date,Open,High,Low,Close,Volume",
        plain_row,
    ),
    "stooq-polish.csv": lines(
        "Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen",
        plain_row,
    ),
    "stooq-bulk.txt": lines(
        "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",
        lambda d, p: f"A.US,D,{d:%Y%m%d},000000,{p},{p + 9},{p - 9},{p},1234000,0",
    ),
    "nasdaq.csv": newest_first(
        lines(
            "Date,Close/Last,Volume,Open,High,Low",
            lambda d, p: f"{d:%m/%d/%Y},${p},1234000,${p},${p + 9},${p - 9}",
        )
    ),
    "investing.csv": newest_first(
        lines(
            '"Date","Price","Open","High","Low","Vol.","Change %"',
            lambda d, p: (
                f'"{d:%m/%d/%Y}","{english(p)}","{english(p)}","{english(p + 9)}",'
                f'"{english(p - 9)}","1.234M","-0.53%"'
            ),
        )
    ),
    "investing-german.csv": newest_first(
        lines(
            '"Datum","Zuletzt","Eröffn.","Hoch","Tief","Vol.","+/- %"',
            lambda d, p: (
                f'"{d:%d.%m.%Y}","{german(p)}","{german(p)}","{german(p + 9)}",'
                f'"{german(p - 9)}","1,234M","-0,53%"'
            ),
        )
    ),
    "alpha-vantage.csv": newest_first(
        lines(
            "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient",
            lambda d, p: f"{d.date()},{4 * p},{4 * p + 36},{4 * p - 36},{4 * p},{p},1234000,0,1.0",
        )
    ),
    "alpha-vantage-frame.csv": lines(
        ",1. open,2. high,3. low,4. close,5. volume",
        plain_row,
    ),
    "bank.csv": newest_first(
        lines(
            "Datum;Erster;Hoch;Tief;Schlusskurs;Stuecke;Volumen",
            lambda d, p: (
                f"{d.date()};{german(p)};{german(p + 9)};{german(p - 9)};{german(p)};"
                "1.234.000;5.000.000"
            ),
        )
    ),
    "french.csv": lines(
        "Date;Open;High;Low;Close;Volume",
        lambda d, p: (
            f"{d:%d/%m/%Y};{french(p)};{french(p + 9)};{french(p - 9)};{french(p)};1 234 000"
        ),
    ),
    "mumbai.csv": lines(
        "Date,Open Price,High Price,Low Price,Close Price,WAP,No.of Shares",
        lambda d, p: (
            f'{d.day}-{d:%B-%Y},"{english(p)}","{english(p + 9)}","{english(p - 9)}",'
            f'"{english(p)}",1.0,"12,34,000"'
        ),
    ),
    "nse.csv": lines(
        '"Date ","series ","OPEN ","HIGH ","LOW ","PREV. CLOSE ","ltp ","close ","VOLUME "',
        lambda d, p: (
            f'"{d:%d-%b-%Y}","EQ","{english(p)}","{english(p + 9)}","{english(p - 9)}",'
            f'"5.00","6.00","{english(p)}","12,34,000"'
        ),
    ),
    "metatrader.csv": lines(
        "<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<SPREAD>",
        lambda d, p: f"{d:%Y.%m.%d}\t{p}\t{p + 9}\t{p - 9}\t{p}\t1234000\t2",
    ),
    "tradingview.csv": lines(
        "time,open,high,low,close,Volume",
        lambda d, p: f"{int(d.timestamp()) + 48_600},{p},{p + 9},{p - 9},{p},1234000",
    ),
    "quantmod.csv": lines(
        '"","A.Open","A.High","A.Low","A.Close","A.Volume","A.Adjusted"',
        lambda d, p: f'"{d.date()}",{p},{p + 9},{p - 9},{p},1234000,{p}',
    ),
    "titled.csv": "Prices of A\nhttps://example.org\n\n"
    + lines(
        "Symbol,Date,Open,High,Low,Close (USD),Volume",
        lambda d, p: f"A,{d.date()},{p},{p + 9},{p - 9},{p},1234000",
    ),
}


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    (folder / name).write_text(text, encoding=encoding)
    return folder / name


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        read_csv(written(folder, "x.csv", text), TODAY)
    return str(caught.value)


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_layout_gives_the_same_prices(tmp_path: Path, name: str) -> None:
    frame = read_csv(written(tmp_path, name, LAYOUTS[name]), TODAY).frame
    assert list(frame.index) == list(DAYS)
    expected = {"Open": CLOSE, "High": CLOSE + 9, "Low": CLOSE - 9, "Close": CLOSE}
    for column, prices in expected.items():
        np.testing.assert_allclose(frame[column], prices, rtol=1e-9)
    np.testing.assert_allclose(frame["Volume"], 1_234_000)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_the_encoding_is_found_out(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "x.csv", LAYOUTS["investing-german.csv"], encoding)
    np.testing.assert_allclose(read_csv(path, TODAY).frame["Close"], CLOSE)


@pytest.mark.parametrize(
    ("cells", "delimiter", "prices"),
    [
        (("1,234", "1,300.50"), ";", (1234.0, 1300.5)),  # a point elsewhere: a mark of thousands
        (("1,234", "1,3"), ";", (1.234, 1.3)),
        (("1,234", "1,300"), ";", (1.234, 1.3)),
        (('"1,234"', '"1,300"'), ",", (1234.0, 1300.0)),
        (("1.234", "1.300,5"), ";", (1234.0, 1300.5)),
        (("1.234", "1.300"), ";", (1.234, 1.3)),
        (("0,051", "0,052"), ";", (0.051, 0.052)),
        (("1234,567", "12345,678"), ";", (1234.567, 12345.678)),
    ],
)
def test_the_decimal_mark_of_a_file_is_found_out(
    tmp_path: Path, cells: tuple[str, str], delimiter: str, prices: tuple[float, float]
) -> None:
    text = "\n".join(
        ["Date" + delimiter + "Close"]
        + [f"{day.date()}{delimiter}{cells[k % 2]}" for k, day in enumerate(DAYS)]
    )
    close = read_csv(written(tmp_path, "x.csv", text), TODAY).frame["Close"]
    np.testing.assert_allclose(close.iloc[:2], prices)


def test_rows_are_named_by_their_line_in_the_file(tmp_path: Path) -> None:
    text = lines("Date,Close", lambda d, p: f"{d.date()},{p}").replace(str(CLOSE[2]), "\n\nx")
    line = 1 + text[: text.index("x")].count("\n")
    assert "Row 4 " in refusal(tmp_path, text.replace("\n\nx", "x"))
    text = "A title\n\n" + text.replace(",\n\nx", ",1\n\n2026-11-19,x")
    assert f"Row {line + 2} " in refusal(tmp_path, text)


def test_files_of_several_tickers_are_refused_with_their_names(tmp_path: Path) -> None:
    day = [f"{d.date()}" for d in DAYS]
    long = ["date,close,Name", *(f"{d},5,{name}" for name in ("AAL", "AAPL") for d in day)]
    levels = ["Price,Close,Close", "Ticker,AAL,AAPL", "Date,,", *(f"{d},5,6" for d in day)]
    for rows in (long, levels):
        sentence = refusal(tmp_path, "\n".join(rows))
        assert "2 tickers (AAL, AAPL)" in sentence
        assert "one of them" in sentence
    wide = ["Date,AAL,AAPL", *(f"{d},5,6" for d in day)]
    assert "one ticker a file" in refusal(tmp_path, "\n".join(wide))


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 a workbook", b"\x89PNG\r\n" + bytes(range(256)) * 4]
)
def test_a_workbook_or_a_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(InputError, match="text"):
        read_csv(tmp_path / "x.csv", TODAY)


def test_forty_years_of_days_are_read(tmp_path: Path) -> None:
    days = pd.bdate_range(end="2026-11-19", periods=40 * 261)
    rows = [f"{day:%d.%m.%Y};{1 + k / 7:.2f}".replace(".", ",") for k, day in enumerate(days)]
    rows = [row.replace(",", ".", 2) for row in rows]  # 19.11.2026;12,50
    history = read_csv(written(tmp_path, "x.csv", "\n".join(["Date;Close", *rows])), TODAY)
    assert len(history.frame) == len(days)
    assert history.frame.index[0] == days[0]
