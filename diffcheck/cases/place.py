"""Where a case's keys stand, to place its errors."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from diffcheck.cases.positions import Positions, Spot
from diffcheck.errors import CaseError, FormulaError, UnsupportedError


@dataclass(frozen=True)
class Place:
    """Where a case's keys stand; without positions, a case that Python code makes."""

    name: str
    own: Mapping[str, Any]
    """The keys of the case itself, its defaults aside."""
    file: str = ""
    positions: Positions | None = None

    def line(self) -> int:
        """The line of the case's name."""
        return self.positions.key(self.name).line if self.positions else 0

    def error(self, message: str, *path: str | int, key: bool = False) -> CaseError:
        """An error at a value of the case, or at a key."""
        if self.positions is None:
            return CaseError(message)
        path = self._path(path)
        return self._placed(message, self.positions.key(*path) if key else self.positions.value(*path))

    def formula_error(self, error: FormulaError, *path: str | int) -> CaseError:
        """An error inside a formula, at its own line and column."""
        if self.positions is None:
            return CaseError(str(error))
        return self._placed(error.message, self.positions.inside(error.start, error.end, *self._path(path)))

    @contextmanager
    def formulas(self, *path: str) -> Iterator[None]:
        """What is wrong with the formula at ``path`` is raised as an error at its place."""
        try:
            yield
        except FormulaError as error:
            raise self.formula_error(error, *path) from None
        except UnsupportedError as error:
            raise self.error(str(error), *path) from None

    def _path(self, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
        return (self.name if not path or path[0] in self.own else "defaults", *path)

    def _placed(self, message: str, spot: Spot) -> CaseError:
        assert self.positions is not None
        return placed(f"{titled(self.name)}: {message}", self.file, self.positions, spot)


def placed(message: str, file: str, positions: Positions, spot: Spot) -> CaseError:
    """An error at ``spot`` of a file."""
    return CaseError(message, file, spot.line, spot.column, positions.marked(spot))


def titled(name: str) -> str:
    """A table of a case file, as errors call it."""
    return "`[defaults]`" if name == "defaults" else f"case `{name}`"
