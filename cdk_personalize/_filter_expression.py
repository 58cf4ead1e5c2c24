"""Parser for filter expressions.

Example: `EXCLUDE ItemID WHERE Items.GENRES IN ($GENRE) IF CurrentUser.AGE < 18`.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Row = Mapping[str, str]
    Rows = Callable[[str], Sequence[Row]]

_TOKEN = re.compile(r'\s*(?:("[^"]*"|\'[^\']*\')|(\$\w+|-?\d+(?:\.\d+)?|<=|>=|!=|[=<>(),|]|[A-Za-z_][\w.]*|\*))')
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ELEMENTS = frozenset({"ITEMID", "ACTIONID", "USERID"})
_DATASETS = frozenset({"ITEMS", "INTERACTIONS", "USERS", "ACTIONS", "ACTION_INTERACTIONS"})
_CURRENT_SOURCES = frozenset({"CURRENTUSER", "CURRENTITEM"})
_ANYTHING = "*"


class ExpressionError(ValueError):
    """A syntax error in a filter expression. The message shows its position."""


class MissingValueError(Exception):
    """A placeholder of a filter expression has no value."""


@dataclass(frozen=True)
class ColumnReference:
    """A column of a dataset, or of the current user or item."""

    source: str
    """The dataset, `CURRENTUSER` or `CURRENTITEM`."""
    name: str

    def values(self, rows: Rows) -> list[str]:
        """Return the values of this column in the given rows.

        A row can hold several values, separated by `|`.
        """
        cells = [row.get(self.name, row.get(self.name.upper(), "")) for row in rows(self.source)]
        return [value for cell in cells for value in cell.split("|") if value]


@dataclass(frozen=True)
class Comparison:
    """A comparison of a column with literals, placeholders or other columns."""

    field: ColumnReference
    comparison: str
    """`IN`, `NOT IN`, `=`, `<`, `<=`, `>` or `>=`."""
    operands: tuple[str | ColumnReference, ...]
    """Literals in quotes, numbers, placeholders such as `$GENRE`, and columns."""

    def holds(self, rows: Rows, given: Mapping[str, Sequence[str]]) -> bool:
        """Return whether a candidate matches the comparison.

        :param rows: Returns the rows of a dataset that belong to the candidate.
        :param given: The values of placeholders, by name.
        """
        found, operands = self.field.values(rows), list(self._operands_of(rows, given))
        if self.comparison in _COMPARISONS:
            compare = _COMPARISONS[self.comparison]
            pairs = [(_number(one), _number(other)) for one in found for other in operands]
            return any(one is not None and other is not None and compare(one, other) for one, other in pairs)
        if _ANYTHING in operands:
            met = bool(found)
        else:
            met = bool({self._comparable(each) for each in found} & {self._comparable(each) for each in operands})
        return met if self.comparison in ("IN", "=") else not met

    def _operands_of(self, rows: Rows, given: Mapping[str, Sequence[str]]) -> Iterator[str]:
        for operand in self.operands:
            if isinstance(operand, ColumnReference):
                yield from operand.values(rows)
            elif operand.startswith("$"):
                if operand[1:] not in given:
                    raise MissingValueError(operand[1:])
                yield from given[operand[1:]]
            else:
                yield operand.strip("\"'")

    def _comparable(self, value: str) -> str | float:
        number = _number(value)
        if number is not None:
            return number
        return value.lower() if self.field.name.upper() == "EVENT_TYPE" else value


Condition = tuple[tuple[Comparison, ...], ...]
"""A condition: groups of comparisons joined by AND, and the groups joined by OR."""


@dataclass(frozen=True)
class FilterClause:
    """One INCLUDE or EXCLUDE clause."""

    include: bool
    """Whether the clause is INCLUDE."""
    condition: Condition
    """The condition after WHERE."""
    guard: Condition = field(default=())
    """The condition after IF. Without it, the clause always applies."""

    def allows(self, rows: Rows, given: Mapping[str, Sequence[str]]) -> bool:
        """Return whether the clause keeps a candidate.

        :raises MissingValueError: If an INCLUDE clause has a placeholder without a value.
        """
        try:
            if self.guard and not _holds(self.guard, rows, given):
                return True
            return _holds(self.condition, rows, given) == self.include
        except MissingValueError:
            if self.include:
                raise
            return True  # An EXCLUDE clause without values for its placeholders has no effect.


@dataclass(frozen=True)
class FilterExpression:
    """A parsed filter expression."""

    element: str
    """`ITEMID`, `ACTIONID` or `USERID`."""
    clauses: tuple[FilterClause, ...]

    def allows(self, rows: Rows, given: Mapping[str, Sequence[str]]) -> bool:
        """Return whether the filter keeps a candidate.

        :param rows: Returns the rows of a dataset that belong to the candidate.
        :param given: The values of placeholders, by name.
        :raises MissingValueError: If a required placeholder has no value.
        """
        return all(clause.allows(rows, given) for clause in self.clauses)

    def fields(self) -> set[tuple[str, str]]:
        """Return the columns that the expression reads."""
        conditions = [each for clause in self.clauses for each in (clause.condition, clause.guard)]
        tests = [test for condition in conditions for all_of in condition for test in all_of]
        return {(test.field.source, test.field.name.upper()) for test in tests}


def parse(text: str) -> FilterExpression:
    """Parse a filter expression.

    :raises ExpressionError: If the expression is not valid.
    """
    return _Parser(text).expression()


def given_values(values: Mapping[str, str]) -> dict[str, list[str]]:
    """Parse the placeholder values of a request, such as `"Drama","Comedy"`."""
    return {
        name: [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|([^",\s]+)', text)]
        for name, text in values.items()
    }


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0

    def expression(self) -> FilterExpression:
        clauses, elements = [], set()
        while True:
            include = self._take_word("INCLUDE", "EXCLUDE") == "INCLUDE"
            elements.add(self._take_word(*_ELEMENTS))
            self._take_word("WHERE")
            condition = self._condition(_DATASETS)
            guard = self._condition(_CURRENT_SOURCES) if self._skip("IF") else ()
            clauses.append(FilterClause(include, condition, guard))
            if not self._skip("|"):
                break
        if self._peek() or len(elements) != 1:
            raise self._wrong()
        return FilterExpression(elements.pop(), tuple(clauses))

    def _condition(self, sources: Iterable[str]) -> Condition:
        any_of, all_of = [], [self._test(sources)]
        while self._peek() in ("AND", "OR"):
            if self._take() == "OR":
                any_of.append(tuple(all_of))
                all_of = []
            # A condition can only use one dataset.
            all_of.append(self._test({(any_of[0] if any_of else all_of)[0].field.source}))
        return (*any_of, tuple(all_of))

    def _test(self, sources: Iterable[str]) -> Comparison:
        column = self._field(sources)
        comparison = "NOT IN" if self._skip("NOT") else self._take_word("IN", "=", "!=", *_COMPARISONS)
        if comparison == "NOT IN":
            self._take_word("IN")
        if comparison == "!=":
            comparison = "NOT IN"
        if not self._skip("("):
            return Comparison(column, comparison, (self._operand(),))
        operands = [self._operand()]
        while self._skip(","):
            operands.append(self._operand())
        self._take_word(")")
        return Comparison(column, comparison, tuple(operands))

    def _field(self, sources: Iterable[str]) -> ColumnReference:
        source, _, name = self._take().partition(".")
        if source.upper() not in sources or not re.fullmatch(r"\w+", name):
            raise self._wrong()
        return ColumnReference(source.upper(), name)

    def _operand(self) -> str | ColumnReference:
        token = self._peek()
        if token[:1] in ('"', "'", "$") or _number(token) is not None:
            return self._take()
        return self._field(_CURRENT_SOURCES)

    def _peek(self) -> str:
        token = self._tokens[self._next] if self._next < len(self._tokens) else ""
        return token if token[:1] in ('"', "'", "$") or "." in token else token.upper()

    def _take(self) -> str:
        token = self._peek()
        self._next += 1
        return token

    def _skip(self, word: str) -> bool:
        found = self._peek() == word
        self._next += found
        return found

    def _take_word(self, *words: str) -> str:
        if self._peek() not in words:
            raise self._wrong()
        return self._take()

    def _wrong(self) -> Exception:
        where = " ".join(self._tokens[max(0, self._next - 3) : self._next + 1])
        return ExpressionError(f"Invalid Expression near: {where}")


def _tokens(text: str) -> Iterator[str]:
    position, text = 0, text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise ExpressionError(f"Invalid input symbol: {text[position:].strip()[:1]}")
        yield match[1] or match[2]
        position = match.end()


def _holds(condition: Condition, rows: Rows, given: Mapping[str, Sequence[str]]) -> bool:
    # Evaluate every comparison, so that a placeholder without a value is always detected.
    outcomes = [[test.holds(rows, given) for test in all_of] for all_of in condition]
    return any(all(all_of) for all_of in outcomes)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
