"""Checkpoints as zips: what goes out comes in again, and what a stranger's zip may hold."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from data.errors import InputError
from inference.archives import pack, unpack

NAMES = ("config.json", "model.safetensors")


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A folder with what a checkpoint has."""
    folder = tmp_path / "my-net"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_bytes(name.encode() * 100)
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_what_was_packed_comes_out_again(checkpoint, tmp_path, out):
    archive = pack(checkpoint, tmp_path / "served")
    assert archive.name == "my-net.zip"
    unpack(archive, out, NAMES)
    assert {file.name: file.read_bytes() for file in out.iterdir()} == {
        file.name: file.read_bytes() for file in checkpoint.iterdir()
    }


def test_a_zip_unpacks_into_a_folder_of_the_checkpoint_s_name(checkpoint, tmp_path, out):
    with zipfile.ZipFile(pack(checkpoint, tmp_path / "served")) as archive:
        archive.extractall(out)
    assert {file.name for file in (out / "my-net").iterdir()} == set(NAMES)


def test_nobody_guesses_where_another_s_zip_is(checkpoint, tmp_path):
    first, second = (pack(checkpoint, tmp_path / "served").parent for _ in range(2))
    assert first != second
    assert len(first.name) == 32
    assert [len(list(folder.iterdir())) for folder in (first, second)] == [1, 1]


def test_only_the_files_of_a_checkpoint_are_taken(tmp_path, out):
    files = {f"net/{name}": b"x" for name in NAMES}
    files |= {"../../evil.py": b"x", "net/pickle.bin": b"x"}
    unpack(zipped(tmp_path / "a.zip", files), out, NAMES)
    assert {file.name for file in out.iterdir()} == set(NAMES)
    assert not (tmp_path.parent / "evil.py").exists()


def test_what_is_no_checkpoint_is_a_sentence(tmp_path, out):
    (tmp_path / "no.zip").write_bytes(b"PK\x03\x04 no")
    with pytest.raises(InputError, match="not a zip"):
        unpack(tmp_path / "no.zip", out, NAMES)
    large = zipped(tmp_path / "big.zip", {"model.safetensors": bytes(21_000_000)})
    with pytest.raises(InputError, match="more than 20 MB"):
        unpack(large, out, NAMES)
    unpack(zipped(tmp_path / "empty.zip", {"other.txt": b""}), out, NAMES)
    assert list(out.iterdir()) == []
