"""What an app says about a sheet it takes in. The flow around it (upload, preview, apply) is in `engine`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from linkage.excel import CellProblem, Field, FoundTable, TableRow, Template
from linkage.excel.feeds import FeedSheet
from linkage.models import Region, RowVerdict


@dataclass(slots=True)
class Row:
    """A row as `check_row` sees it. `values` by field key; blank → None.

    A row with `problems` is an error without further questions, one with `skipped` (a total, a heading) no row of data at
    all. `doubts` are shown to the person and stop nothing; `assumed` are keys that no cell of the row holds; `free` rows come
    from a table in any form, not from the template.
    """

    number: int
    values: dict[str, Any]
    letters: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    sheet: str = ""
    problems: tuple[CellProblem, ...] = ()
    doubts: tuple[CellProblem, ...] = ()
    assumed: frozenset[str] = frozenset()
    skipped: str = ""
    free: bool = False

    @property
    def place(self) -> tuple[str, int]:
        return self.sheet, self.number

    def cell(self, key: str) -> str:
        """The address of a field in this row, "C7"."""
        return TableRow(self.number, letters=self.letters).cell(key)

    def problem(self, key: str, message: str) -> CellProblem:
        """A finding at one cell; the message says what is wrong and how to repair it."""
        value = self.values.get(key)
        return CellProblem(
            key, self.cell(key), self.headers.get(key, ""), "" if value is None else str(value)[:60], message
        )


@dataclass(frozen=True)
class Difference:
    """One field that would change, in words: 计划投资 18.00 → 20.00."""

    label: str
    before: str
    after: str


@dataclass(slots=True)
class Verdict:
    """What would become of a row. `data` is handed to `apply_rows`; plain JSON values, Decimal and dates allowed."""

    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    label: str = ""
    differences: tuple[Difference, ...] = ()
    problems: tuple[CellProblem, ...] = ()

    @classmethod
    def new(cls, data: dict[str, Any], *, label: str = "") -> Verdict:
        return cls(RowVerdict.NEW, data, label)

    @classmethod
    def changed(
        cls, data: dict[str, Any], differences: list[Difference] | tuple[Difference, ...], *, label: str = ""
    ) -> Verdict:
        return cls(RowVerdict.CHANGED, data, label, tuple(differences))

    @classmethod
    def unchanged(cls, *, label: str = "") -> Verdict:
        return cls(RowVerdict.UNCHANGED, label=label)

    @classmethod
    def suspect(cls, data: dict[str, Any], *problems: CellProblem, label: str = "") -> Verdict:
        """Perhaps one that is already there; written as new only when the person says so."""
        return cls(RowVerdict.SUSPECT, data, label, problems=problems)

    @classmethod
    def conflict(cls, data: dict[str, Any], differences: list[Difference], *, label: str = "") -> Verdict:
        """The source says something else of what it told before; written only when the person takes it for a correction."""
        return cls(RowVerdict.CONFLICT, data, label, tuple(differences))

    @classmethod
    def error(cls, *problems: CellProblem, label: str = "") -> Verdict:
        return cls(RowVerdict.ERROR, label=label, problems=problems)


@dataclass(slots=True)
class Staged:
    """A new or changed row on its way into `apply_rows`; `data` is what its verdict carried."""

    number: int
    verdict: str
    data: dict[str, Any]
    read: dict[str, Any] = field(default_factory=dict)  # of a feed: the values of the line


@dataclass(frozen=True)
class Written:
    """What an import wrote, for taking it back: ids made; id changed → {"revision": then, "before": former values}."""

    created: list[int]
    changed: dict[int, dict[str, Any]]


@dataclass(frozen=True)
class Question:
    """What a table does not say and the person says once for the whole file. `kept` answers hold for the next file too."""

    key: str
    label: str
    kind: Literal["choice", "year", "text", "date"] = "choice"
    choices: tuple[tuple[str, str], ...] = ()
    initial: str = ""
    required: bool = True
    kept: bool = True
    help: str = ""


@dataclass(frozen=True)
class AnyTables:
    """How a kind takes in tables in any form, besides its own template.

    `fields` of the reader that a column may be read as, in the order offered. questions(by, tables) → what is to be asked
    once for the file. rows(by, tables, answers, at) → rows like those of the template. home(by) → the one unit of the
    person, whose mapping profiles are shared, or None.
    """

    fields: tuple[str, ...]
    questions: Callable[[Any, list[FoundTable]], list[Question]]
    rows: Callable[[Any, list[FoundTable], Mapping[str, str], datetime], list[Row]]
    home: Callable[[Any], Region | None]


@dataclass(frozen=True)
class Feed:
    """How a kind takes in raw exports of another system (`linkage.imports.feeds`), told by the headers of `sheet`.

    clean(values, today) → what is kept of a line and its doubts (key, message): only this is ever stored, so nothing personal
    may be left in it. questions(by, head, answers) → what the file does not say. settle(values, answers) → the line as the
    answers make it. begin(by, at, head, answers, lines) → context, where lines() gives the values of every line of the file.
    missing(context) → what stands with us and the file should hold, as rows of the sheet `GONE` with their verdict; the file
    has been judged by then. summary(context) is kept in Job.result. close(context, job, written, by, at) is called inside the
    writing transaction, after the last row.
    """

    sheet: FeedSheet
    clean: Callable[[dict[str, Any], date], tuple[dict[str, Any], list[tuple[str, str]]]]
    questions: Callable[[Any, dict[str, Any], Mapping[str, str]], list[Question]]
    settle: Callable[[dict[str, Any], Mapping[str, str]], dict[str, Any]]
    begin: Callable[..., Any]
    missing: Callable[[Any], list[tuple[Row, Verdict, bool]]]
    summary: Callable[[Any], dict[str, Any]]
    close: Callable[..., None]
    page: str


@dataclass(frozen=True)
class ImportKind:
    """A sheet an app takes in.

    fields(by) → columns, drop-downs from the data. begin(by, at, rows) → context: every look-up of the file at once. With
    look_up(context, rows) a long file goes through in portions: begin gets no rows, look_up those of each portion, and
    apply_rows is called for portions as well, all new rows before those that change something.
    check_row(row, context) → Verdict, without writing or asking the database. apply_rows(rows, by=, at=, context=)
    writes set-based inside the engine's one transaction and gives `Written` where `undo` is there: undo(trace, by=, at=)
    takes back what the trace says, or raises Refusal with the rows in the way; `written_url` leads to what one import wrote,
    "/projects/?imported={job}". A kind with a `feed` has no template and is brought in at `start`. key(values) names what may
    stand in one file only once. `order` is the place in the list of sheets: what has to be there first comes first.
    filled(by) → rows that stand in the template already, by field key.
    """

    code: str
    title: str
    permission: str
    fields: Callable[[Any], tuple[Field, ...]]
    begin: Callable[[Any, datetime, list[Row]], Any]
    check_row: Callable[[Row, Any], Verdict]
    apply_rows: Callable[..., Written | None]
    key: Callable[[dict[str, Any]], Any] | None = None
    help: str = ""
    version: int = 1
    result_url: str = ""
    written_url: str = ""
    order: int = 50
    any_tables: AnyTables | None = None
    look_up: Callable[[Any, list[Row]], None] | None = None
    feed: Feed | None = None
    start: str = ""
    undo: Callable[..., str] | None = None
    filled: Callable[[Any], Iterable[Mapping[str, Any]]] | None = None

    def template(self, by) -> Template:
        return Template(self.code, self.version, f"{self.title}导入模板", self.fields(by))


GONE = "来源中已不见"  # the sheet under which stands what the file does not hold
_kinds: dict[str, ImportKind] = {}


def register(kind: ImportKind) -> None:
    _kinds[kind.code] = kind


def kinds() -> list[ImportKind]:
    """All kinds in their order."""
    return sorted(_kinds.values(), key=lambda kind: kind.order)


def kind_of(code: str) -> ImportKind | None:
    return _kinds.get(code)


# -- values on their way through a JSON column ------------------------------------------------------------------------


_PLAIN = frozenset((str, int, bool, float, type(None)))


def encode(value: Any) -> Any:
    """Decimal and dates as marked text, so that `decode` gives exactly the same back."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is dict:
        return {key: inner if type(inner) in _PLAIN else encode(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [encode(inner) for inner in value]
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, datetime):
        return {"$moment": value.isoformat()}
    return {"$date": value.isoformat()} if isinstance(value, date) else value


_MARKS: dict[str, Callable[[str], Any]] = {
    "$decimal": Decimal, "$moment": datetime.fromisoformat, "$date": date.fromisoformat,
}  # fmt: skip


def decode(value: Any) -> Any:
    if isinstance(value, dict):
        if len(value) == 1 and (mark := next(iter(value))) in _MARKS:
            return _MARKS[mark](value[mark])
        return {key: inner if type(inner) in _PLAIN else decode(inner) for key, inner in value.items()}
    return [decode(inner) for inner in value] if isinstance(value, list) else value


def as_dicts(items) -> list[dict[str, Any]]:
    """Problems or differences as they are kept in a JSON column; all their fields are words."""
    return [dict(vars(item)) for item in items]
