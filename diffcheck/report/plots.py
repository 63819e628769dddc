"""Pictures as files, one each, in a folder."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from diffcheck.errors import UsageError
from diffcheck.report.pictures.gallery import pictures_of
from diffcheck.report.pictures.svg import standalone_svg
from diffcheck.report.repro import safe_name
from diffcheck.results import RunResult


def write_plots(result: RunResult, folder: str | Path) -> list[Path]:
    """Write the pictures of each case into ``folder``, which is made where it is not; their paths.

    Files are called after the case and the picture: ``silu.errors.svg``; of a training run after the case, dtype and
    device: ``descent_by_sgd.float32.cpu.svg``. Raises UsageError where matplotlib is missing, or where nothing can be
    written.
    """
    made: list[Path] = []
    for case in result.cases:
        for picture in pictures_of(case):
            name = f"{safe_name(case.name) or 'case'}.{picture.name}"
            path = next(path for path in _paths(Path(folder), name) if path not in made)
            try:
                Path(folder).mkdir(parents=True, exist_ok=True)
                path.write_text(standalone_svg(picture), encoding="utf-8")
            except OSError as error:
                raise UsageError(f"cannot write {error.filename or folder}: {error.strerror}") from None
            made.append(path)
    return made


def _paths(folder: Path, name: str) -> Iterator[Path]:
    """Names for the cases of one name, in several files."""
    yield folder / f"{name}.svg"
    yield from (folder / f"{name}-{number}.svg" for number in count(2))
