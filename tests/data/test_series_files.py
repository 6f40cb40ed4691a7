"""A person's sequences: what is read, and one sentence for what cannot be."""

from __future__ import annotations

import contextlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import series_files
from data.errors import InputError
from data.series_files import read_array, read_series

X = np.random.default_rng(0).normal(size=(30, 6, 2)).astype(np.float32)
Y = np.arange(30) % 3


def long_csv(path: Path, order: np.ndarray | None = None, label: str = "label") -> Path:
    lines = [
        f"{n},{t},{X[n, t, 0]},{X[n, t, 1]},{'abc'[Y[n]]}" for n in range(30) for t in range(6)
    ]
    if order is not None:
        lines = [lines[k] for k in order]
    path.write_text("\n".join([f"sample,step,speed,<b>height,{label}", *lines]))
    return path


def test_an_npz_is_read_by_the_axes_of_its_arrays_whatever_their_names(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", first=Y, second=X)
    file = read_series([tmp_path / "a.npz"])
    assert np.array_equal(file.x, X)
    assert np.array_equal(file.labels, Y)
    assert file.features == ("feature 1", "feature 2")


@pytest.mark.parametrize("flip", [False, True])
def test_two_npy_files_are_read_in_any_order(tmp_path, flip):
    np.save(tmp_path / "x.npy", np.asfortranarray(X.astype(np.float64)))
    np.save(tmp_path / "y.npy", Y[:, None].astype("S3"))
    files = [tmp_path / "x.npy", tmp_path / "y.npy"][:: -1 if flip else 1]
    file = read_series(files)
    assert file.x == pytest.approx(X)
    assert list(file.labels[:4]) == ["0", "1", "2", "0"]


def test_a_long_csv_may_have_its_rows_in_any_order(tmp_path):
    shuffled = np.random.default_rng(1).permutation(180)
    plain = read_series([long_csv(tmp_path / "a.csv")])
    mixed = read_series([long_csv(tmp_path / "b.csv", shuffled)])
    assert plain.x == pytest.approx(X)
    assert plain.features == ("speed", "<b>height")
    assert list(plain.labels[:3]) == ["a", "b", "c"]
    order = [int(np.argmin(np.abs(X - x).sum((1, 2)))) for x in mixed.x]
    assert sorted(order) == list(range(30))
    assert list(mixed.labels) == list(plain.labels[order])


@pytest.mark.parametrize("header", ["t0,t1,t2,label\n", ""])
def test_a_wide_csv_has_one_feature_and_its_label_in_the_last_column(tmp_path, header):
    rows = "\n".join(f"{n},{n + 0.5},{-n},{n % 2}" for n in range(25))
    (tmp_path / "w.csv").write_text(header + rows)
    file = read_series([tmp_path / "w.csv"])
    assert file.x.shape == (25, 3, 1)
    assert file.x[4, :, 0].tolist() == [4, 4.5, -4]
    assert file.labels.tolist() == [n % 2 for n in range(25)]


def npz(path: Path, **arrays: np.ndarray) -> list[Path]:
    np.savez(path / "bad.npz", **arrays)
    return [path / "bad.npz"]


def npy(path: Path, array: np.ndarray) -> list[Path]:
    np.save(path / "bad.npy", array, allow_pickle=True)
    return [path / "bad.npy"]


def text(path: Path, content: str | bytes, name: str = "bad.csv") -> list[Path]:
    (path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return [path / name]


def header_only(path: Path, shape: tuple[int, ...]) -> list[Path]:
    """An .npy that promises more than it has."""
    with (path / "bad.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "<f4", "fortran_order": False, "shape": shape}
        )
    return [path / "bad.npy"]


def bomb(path: Path) -> list[Path]:
    """An .npz whose array would take 4 TB."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (10**6, 10**3, 500)}
    )
    with zipfile.ZipFile(path / "bad.npz", "w") as archive:
        archive.writestr("x.npy", header.getvalue())
    return [path / "bad.npz"]


def with_nan() -> np.ndarray:
    x = X.copy()
    x[3, 2, 1] = np.nan
    return x


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: npz(p, x=X[:, :, 0], y=Y), "samples, time steps, features"),
        (lambda p: npz(p, x=X, z=X, y=Y), "samples, time steps, features"),
        (lambda p: npz(p, x=X), "no labels"),
        (lambda p: npz(p, x=X, y=Y, z=Y), "2 arrays that could be labels"),
        (lambda p: npz(p, x=X, y=Y[:7]), "30 samples but 7 labels"),
        (lambda p: npz(p, x=X[:3], y=Y[:3]), "at least 20 samples"),
        (lambda p: npz(p, x=X[:, :0], y=Y), "0 steps"),
        (lambda p: npz(p, x=with_nan(), y=Y), "first in sample 4, step 3, feature 2"),
        (lambda p: npz(p, x=np.full((30, 2, 1), 1e300), y=Y), "too large"),
        (lambda p: npz(p, x=X, y=np.where(Y == 1, np.nan, Y)), "first is sample 2"),
        (lambda p: npz(p, x=X.astype("U8"), y=Y), "are text"),
        (lambda p: npy(p, X), "no labels"),
        (lambda p: npy(p, np.array([[1], [1, 2]], dtype=object)), "could run code"),
        (lambda p: npy(p, np.zeros(30, [("a", "f4")])), "numbers and text"),
        (lambda p: header_only(p, (10**6, 4, 1)), "1,000,000 samples"),
        (lambda p: header_only(p, (10**6,)), "1,000,000 entries"),
        (lambda p: header_only(p, (100, 4, 1)), "damaged"),
        (bomb, "1,000,000 samples of 1,000 steps"),
        (lambda p: text(p, b"PK\x03\x04 no zip", "bad.npz"), "damaged or no .npz"),
        (lambda p: text(p, b"", "bad.npy"), "damaged or no .npy"),
        (lambda p: text(p, ""), "empty|not a table"),
        (lambda p: text(p, "a,label\n"), "0 rows"),
        (lambda p: text(p, "a,b,label\n1,x1,0\n" * 1 + "1,2,0\n" * 30), "'x1' .row 1, column b"),
        (lambda p: text(p, "sample,v,label\n1,2,a\n1,3,a\n2,5,b\n"), "equally long"),
        (lambda p: text(p, "sample,v,label\n" + "1,2,a\n1,3,b\n"), "several labels"),
        (lambda p: text(p, b"PK\x03\x04 workbook"), "save the sheet as CSV"),
        (lambda p: text(p, "x", "bad.pkl"), "of no kind"),
        (lambda p: [p / "gone.csv"], "cannot be read"),
        (lambda p: [], "no file"),
        (lambda p: npy(p, X) + npz(p, x=X, y=Y), "cannot be read together"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_sentence(tmp_path, make, said):
    with pytest.raises(InputError, match=said) as caught:
        read_series(make(tmp_path))
    assert "\n" not in str(caught.value)


def test_an_array_alone_is_read_however_few_samples_it_has(tmp_path):
    np.save(tmp_path / "few.npy", X[:2])
    assert np.array_equal(read_array(tmp_path / "few.npy"), X[:2])
    for name, array in (("flat.npy", X[0]), ("words.npy", X[:2].astype("U5"))):
        np.save(tmp_path / name, array)
        with pytest.raises(InputError, match="samples, time steps, features"):
            read_array(tmp_path / name)


def test_a_file_of_300_mb_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "large.npz").open("wb") as file:
        file.truncate(300_000_000)  # a hole: takes no space on the disk
    with pytest.raises(InputError, match=r"300 MB.*50 MB"):
        read_series([tmp_path / "large.npz"])


def test_an_array_within_the_bytes_but_beyond_the_numbers_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(series_files, "MAX_NUMBERS", 300)
    with pytest.raises(InputError, match="300 numbers in all"):
        read_series(npz(tmp_path, x=X, y=Y))


@given(content=st.binary(max_size=400), kind=st.sampled_from([".npz", ".npy", ".csv"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_read_or_refused_with_a_sentence(tmp_path, content, kind):
    prefix = {".npz": b"PK\x03\x04", ".npy": b"\x93NUMPY\x01\x00", ".csv": b"a,label\n"}[kind]
    path = tmp_path / f"any{kind}"
    path.write_bytes(prefix + content)
    with contextlib.suppress(InputError):  # anything else would fail here
        assert np.isfinite(read_series([path]).x).all()
