"""What follows the pages is itself checked: it sees a wrong output, and no difference that is the machine's own."""

from pathlib import Path

import pytest

from tests.docs.following import blocks, commands, follow, matches, rewritten

PAGE = """\
Write it:

```text greeting.txt
hello
```

```console
$ cat greeting.txt
hello
$ false
$ echo $?
1
```

```python
>>> word = open("greeting.txt").read()
```

```python
>>> word
'hello\\n'
```

```sh
echo for another machine
```
"""


def test_a_page_that_tells_the_truth_is_followed_to_its_end(tmp_path: Path) -> None:
    assert follow(PAGE, tmp_path) == []


def test_a_command_that_prints_something_else_is_told_with_both(tmp_path: Path) -> None:
    assert follow(PAGE.replace("greeting.txt\nhello\n$", "greeting.txt\ngood day\n$"), tmp_path) == [
        "$ cat greeting.txt\nprints\nhello\nand not\ngood day"
    ]


def test_a_command_that_prints_nothing_is_not_taken_for_one_that_prints(tmp_path: Path) -> None:
    assert len(follow("```console\n$ true\nhello\n```\n", tmp_path)) == 1


def test_a_doctest_that_fails_is_told(tmp_path: Path) -> None:
    found = follow(PAGE.replace("'hello", "'good day"), tmp_path)
    assert ["Failed example" in each for each in found] == [True]


def test_blocks_are_told_apart_by_language_and_file() -> None:
    assert [block.kind for block in blocks(PAGE)] == ["file", "console", "doctest", "doctest", "sh"]


def test_a_console_is_commands_each_with_what_is_below_it() -> None:
    assert commands("$ one\na\n\nb\n$ two\n$ three\nc\n") == [("one", "a\n\nb"), ("two", ""), ("three", "c")]


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("2 cases: 2 passed in 0.1 s", "2 cases: 2 passed in 12.3 s"),
        ("1 passed in 2.44s", "1 passed in 0.01s"),
        ("torch 2.13.0+cpu", "torch 2.14.1"),
        ("case   1   0   0.298", "case      1   0   0.517"),
        ("case   1   0   0.298", "case   1   0   3.10e-09"),
        ("off by 9.78e+16 ulps", "off by 9.781e+16 ulps"),
        ("     numerical  1.0 ± 5.3e-15", "     numerical  1.0 ± 2.2e-13"),
        ("a\n...\nd", "a\nb\nc\nd"),
        ("-----  ----", "---  --------"),
    ],
)
def test_what_is_the_machine_s_own_makes_no_difference(shown: str, printed: str) -> None:
    assert matches(shown, printed)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("2 cases: 2 passed", "2 cases: 1 passed"),
        ("case   1   0   0.298", "case   1   0   1.51"),
        ("off by 9.78e+16 ulps", "off by 9.18e+16 ulps"),
        ("a\n...\nd", "a\nb"),
        ("a\nd", "a\nb\nd"),
        ("wrong at 1 of 1 point", "nan at 1 of 1 point"),
    ],
)
def test_what_is_told_otherwise_makes_a_difference(shown: str, printed: str) -> None:
    assert not matches(shown, printed)


def test_a_page_is_rewritten_with_what_is_printed_and_else_left_as_it_is(tmp_path: Path) -> None:
    stale = PAGE.replace("greeting.txt\nhello\n$", "greeting.txt\ngood day\n$")
    assert rewritten(stale, tmp_path) == PAGE
