"""Files and folders: what cannot be read is told, and loses nothing else."""

import os
from pathlib import Path

import pytest

from diffcheck.cases import reader
from diffcheck.cases.reader import Unreadable, find_files, read_file, read_text
from diffcheck.errors import CaseError

GOOD = '[good]\nformula = "x"\nat.x = 1\n'


def only_error(path: Path) -> str:
    (entry,) = read_file(path)
    assert isinstance(entry, Unreadable)
    assert entry.name == ""
    return str(entry.error)


@pytest.mark.parametrize("text", ["", "\n\n", "# only a remark\n", "[defaults]\npoints = 3\n"])
def test_a_file_without_a_case_says_so(tmp_path, text):
    path = tmp_path / "empty.toml"
    path.write_text(text)
    assert only_error(path) == f"{path}: the file holds no case"


def test_a_file_that_is_not_utf8_is_told_with_line_and_column(tmp_path):
    path = tmp_path / "latin.toml"
    path.write_bytes(GOOD.encode() + "# ü and ".encode() + "é".encode("latin-1") + b"\n")
    assert only_error(path) == f"{path}:4:9: the file is not UTF-8 text: byte 0xe9"


def test_a_file_that_the_system_does_not_open_is_told(tmp_path, monkeypatch):
    path = tmp_path / "secret.toml"
    path.write_text(GOOD)

    def refuse(*arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert only_error(path) == f"{path}: the file cannot be read: Permission denied"


def test_a_folder_called_like_a_file_is_told(tmp_path):
    path = tmp_path / "x.toml"
    path.mkdir()
    assert only_error(path) == f"{path}: the file cannot be read: Is a directory"


def test_a_file_that_never_ends_is_told(monkeypatch):
    monkeypatch.setattr(reader, "MAX_BYTES", 1000)
    assert only_error(Path("/dev/zero")) == "/dev/zero: the file is larger than 1,000 bytes"


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\n", "\r\n").encode()], ids=["byte-order mark", "CRLF"]
)
def test_files_of_windows_are_read(tmp_path, data):
    path = tmp_path / "windows.toml"
    path.write_bytes(data)
    (case,) = read_file(path)
    assert (case.name, case.formula, case.at, case.line) == ("good", "x", ({"x": 1.0},), 1)


def test_ten_megabytes_of_text_beside_a_case_lose_nothing():
    entries = read_text(GOOD + "# " + "x" * 10_000_000, "long.toml")
    assert [entry.name for entry in entries] == ["good"]


def test_a_formula_of_ten_megabytes_is_one_error():
    start, end = '[long]\nformula = "', '"\nat.x = 1\n'
    bad, good = read_text(start + "x+" * 5_000_000 + end + GOOD, "long.toml")
    assert str(bad.error) == (
        "long.toml:2:12: case `long`: the formula has 10,000,000 characters; the limit is 500,000\n"
        f"    {(start + 'x+' * 99)[7:107]}...\n               ^"
    )
    assert good.name == "good"


@pytest.mark.parametrize("given", ["missing.toml", "missing/", "x" * 5000 + ".toml"])
def test_a_path_that_is_not_there_is_told(given):
    with pytest.raises(CaseError) as raised:
        list(find_files([given]))
    assert str(raised.value) == f"{given}: there is no file or folder {given}"


def test_a_folder_without_case_files_is_told(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(CaseError) as raised:
        list(find_files([str(tmp_path)]))
    assert str(raised.value) == f"{tmp_path}: the folder {tmp_path} holds no case file (*.toml)"


def test_files_are_found_below_folders_in_order_and_as_named(tmp_path):
    for name in ("b.toml", "a.toml", "below/c.toml", "notes.txt", "named.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(GOOD)
    found = find_files([str(tmp_path), str(tmp_path / "named.txt")])
    assert [os.path.relpath(path, tmp_path) for path in found] == ["a.toml", "b.toml", "below/c.toml", "named.txt"]
