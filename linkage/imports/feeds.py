"""Raw exports of other systems: read and cleaned while the person waits, because the file itself is never kept.

What is kept is the cleaned lines (gzip, one JSON line each): the columns asked for, payees masked, no account and no identity
number. Everything after that, staging, judging, confirming, taking back, is that of any other sheet.
"""

from __future__ import annotations

import gzip
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.db import transaction

from linkage import access, jobs, periods, rules, uploads
from linkage.actions.uploads import store_file
from linkage.errors import Refusal, WrongState
from linkage.excel import CellProblem
from linkage.excel.feeds import FeedHead, FeedRow
from linkage.excel.files import Unreadable
from linkage.excel.streaming import do, stream_apart
from linkage.models import Job

from . import tables
from .base import ImportKind, Question, Row, decode, encode, kinds

CONTENT_TYPE = "application/gzip"
_RUN = re.compile(r"\d[\d ]{6,}\d")  # what a message quotes of a cell
Lines = Callable[[], Iterator[dict[str, Any]]]


def kinds_of_feeds(user) -> list[ImportKind]:
    """The exports this person may bring in."""
    return [kind for kind in kinds() if kind.feed is not None and access.may(user, kind.permission)]


def submit(*, by, file, at: datetime | None = None) -> Job:
    """Take a raw export: tell by its header which one it is, keep its cleaned lines, check them (at once when few).

    Raises PermissionDenied, Unreadable with what the file is and what to do.
    """
    from .engine import INLINE_BYTES, JOB, _run

    offered, at = kinds_of_feeds(by), at or periods.now()
    if not offered:
        raise access.Denied("财政数据由财政部门上传。", *{kind.permission for kind in kinds() if kind.feed})
    today = periods.day_of(at)
    limits = {"max_bytes": rules.get("feed_max_mb", on=today) * 1024 * 1024, "max_rows": rules.get("feed_max_rows", on=today)}
    original = {"file": uploads.clean_name(file.name), "size": uploads.size_of(file), "sha256": uploads.sha256_of(file)}
    with tempfile.TemporaryFile() as clean:
        kind, head = _cleaned(file, clean, offered, today, limits)
        clean.seek(0)
        with transaction.atomic():
            source = store_file(by=by, file=File(clean), name=f"{original['file']}.gz", content_type=CONTENT_TYPE, at=at)
            inline = source.size <= INLINE_BYTES
            params = {"kind": kind.code, "feed": True, "head": head, "original": original, "answers": {}}
            job = jobs.start(JOB, params, by=by, title=f"{kind.title}：{original['file']}", source_file=source, at=at, wake=not inline)
    return _run(job, inline)


def answer(job: Job, *, by, answers: dict[str, str], seen: str | None = None) -> None:
    """What the file does not say, said once for the whole file; it is judged anew. Raises as `engine.map_columns`."""
    from .engine import INLINE_BYTES, _require_seen, _run

    if not job.params.get("feed"):
        raise WrongState("这种表没有要补充说明的内容。")
    _require_seen(job, seen)
    inline = job.source_file is not None and job.source_file.size <= INLINE_BYTES
    jobs.again(job, by=by, params=job.params | {"answers": job.params["answers"] | answers}, wake=not inline)
    _run(job, inline)


# -- reading --------------------------------------------------------------------------------------------------------------


def _cleaned(file, clean: IO[bytes], offered: list[ImportKind], today, limits: dict[str, int]) -> tuple[ImportKind, dict[str, Any]]:
    """Read the file apart, write its cleaned lines; gives what it is and its head as plain JSON."""
    arguments = {"sheets": tuple(kind.feed.sheet for kind in offered if kind.feed), "name": file.name, **limits}
    try:
        portions = stream_apart(file, task="feed", **arguments) if settings.READ_APART else do("feed", file, **arguments)
        head: FeedHead = next(portions)
        kind = next(one for one in offered if one.feed and one.feed.sheet.code == head.code)
        count, skipped, facts = 0, 0, _Facts()
        with gzip.GzipFile(fileobj=clean, mode="wb", compresslevel=1, mtime=0) as packed:
            for portion in portions:
                lines = []
                for row in portion:
                    skipped += bool(row.skipped)
                    count += not row.skipped
                    facts.see(row)
                    lines.append(_line(kind, row, today))
                packed.write("".join(lines).encode())
    except Unreadable as error:
        raise _told_better(error, file, limits) from error
    if not count:
        raise Unreadable(f"这份{kind.title}的表头以下没有数据行。请确认导出时选对了日期和单位。")
    return kind, _head_words(head) | {"rows": count, "skipped": skipped, **facts.words()}


class _Facts:
    """What the questions about a file depend on: which columns hold anything, how large the amounts are."""

    def __init__(self) -> None:
        self.filled: set[str] = set()
        self.largest: Any = None

    def see(self, row: FeedRow) -> None:
        self.filled |= row.values.keys()
        amount = row.values.get("amount_yuan")
        if amount is not None and (self.largest is None or abs(amount) > self.largest):
            self.largest = abs(amount)

    def words(self) -> dict[str, Any]:
        return {"filled": sorted(self.filled), "largest": None if self.largest is None else str(self.largest)}


def _line(kind: ImportKind, row: FeedRow, today) -> str:
    assert kind.feed is not None
    values, doubts = kind.feed.clean(row.values, today) if not row.skipped else ({}, [])
    problems = [(key, masked(shown), _RUN.sub("****", words)) for key, shown, words in row.problems]
    return json.dumps([row.table, row.number, encode(values), problems, row.skipped, doubts], ensure_ascii=False, separators=(",", ":")) + "\n"


def masked(shown: str) -> str:
    """What stands in a cell that cannot be read, without a number that might be somebody's."""
    digits = sum(sign.isdigit() for sign in shown)
    return shown if digits < 8 else "".join("*" if sign.isdigit() else sign for sign in shown)


def _head_words(head: FeedHead) -> dict[str, Any]:
    return {
        "notes": list(head.notes),
        "tables": [
            {"sheet": one.sheet, "row": one.header_row, "letters": one.letters, "headers": one.headers, "unit": one.unit,
             "period": [day.isoformat() for day in one.period] if one.period else None}
            for one in head.tables
        ],
    }  # fmt: skip


def _told_better(error: Unreadable, file, limits: dict[str, int]) -> Unreadable:
    """A table of another sort is called by its name, and where it belongs."""
    if "没有认出" not in error.message:
        return error
    try:
        file.seek(0)
        arguments = {"name": file.name, "max_bytes": limits["max_bytes"], "max_rows": min(limits["max_rows"], 20_000)}
        reading = tables.read("tables", file, **arguments)
    except Refusal:
        return error
    table = reading.tables[0]
    where = "项目表请在“项目—导入”里上传。" if table.is_project_list else table.reason if table.reason and "认不出" not in table.name else ""
    return Unreadable(f"{error.message}这个文件像是“{table.name}”。{where}") if where else error


# -- lines kept → rows ----------------------------------------------------------------------------------------------------


def _kept(job: Job) -> Iterator[list[Any]]:
    """The kept lines, opened anew for everybody: they are read for the context while they are handed on as rows."""
    assert job.source_file is not None
    kept = job.source_file.file
    with kept.storage.open(kept.name, "rb") as stored, gzip.GzipFile(fileobj=stored) as packed:
        for line in packed:
            yield json.loads(line)


def rows(work: jobs.Work, kind: ImportKind) -> tuple[Iterable[Row], int, dict[str, Any]]:
    """Rows of the kept lines, how many, and what is known of the file; no rows while something has to be asked."""
    assert kind.feed is not None
    head, answers = work.params["head"], work.params["answers"]
    asked = kind.feed.questions(work.by, head, answers)
    notes = list(head["notes"]) + ([f"跳过合计、表头等 {head['skipped']} 行。"] if head["skipped"] else [])
    result = {"notes": notes, "sheet": "、".join(one["sheet"] for one in head["tables"]), "questions": [vars(one) for one in asked]}
    if any(_open(one, answers) for one in asked):
        return [], 0, result | {"asks": True, "counts": {}, "message": "".join(f"{one.label}？" for one in asked)}
    several = len(head["tables"]) > 1
    result["letters"] = [[one["sheet"] if several else "", 0, one["letters"]] for one in head["tables"]]
    return _rows(work.job, kind, head["tables"], answers), head["rows"] + head["skipped"], result | {"asks": False}


def _open(question: Question, answers: dict[str, str]) -> bool:
    given = answers.get(question.key, "")
    return question.required and (not given or (question.kind == "choice" and given not in {word for word, _ in question.choices}))


def _rows(job: Job, kind: ImportKind, heads: list[dict[str, Any]], answers: dict[str, str]) -> Iterator[Row]:
    assert kind.feed is not None
    several = len(heads) > 1
    for table, number, values, problems, skipped, doubts in _kept(job):
        head = heads[table]
        letters, headers = head["letters"], head["headers"]
        row = Row(number, kind.feed.settle(decode(values), answers) if not skipped else {}, letters, headers, head["sheet"] if several else "",
                  skipped=skipped, free=True)  # fmt: skip
        if problems:
            row.problems = tuple(CellProblem(key, row.cell(key), headers.get(key, ""), shown, words) for key, shown, words in problems)
        if doubts:
            row.doubts = tuple(CellProblem(key, row.cell(key), headers.get(key, ""), "", words) for key, words in doubts)
        yield row


def headers(work: jobs.Work) -> dict[str, str]:
    """Headings by key, of the first table that has them."""
    found: dict[str, str] = {}
    for table in reversed(work.params["head"]["tables"]):
        found |= table["headers"]
    return found


def begin(work: jobs.Work, kind: ImportKind, at: datetime) -> Any:
    """The context of a feed, which may look at every line of the file beforehand."""
    assert kind.feed is not None
    feed, answers = kind.feed, work.params["answers"]

    def lines() -> Iterator[dict[str, Any]]:
        for _table, _number, values, problems, skipped, _doubts in _kept(work.job):
            if not skipped and not problems:
                yield feed.settle(decode(values), answers)

    return feed.begin(work.by, at, work.params["head"], answers, lines)

