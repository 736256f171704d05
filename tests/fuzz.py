"""Mutated real tables against the reader: `make fuzz`, or `python -m tests.fuzz --seconds 60 --seed 7`.

Every file must end as a Reading or as Unreadable with a repair, within bounded time and memory. Anything else is kept in
var/fuzz/ with its number: seed and number together give the same file again (`--only NUMBER`).
"""

from __future__ import annotations

import argparse
import io
import os
import random
import resource
import secrets
import signal
import sys
import time
import zipfile
from multiprocessing import get_context
from pathlib import Path

from django.conf import settings

from linkage.excel import Unreadable, read_tables
from tests.spreadsheets import TABLES, Page, as_csv, as_xls, as_xlsx, dressed, real

NAMES = sorted(path.name for path in TABLES.glob("*.csv"))
KEPT = Path(__file__).parents[1] / "var" / "fuzz"
PER_FILE_SECONDS, MEMORY, BATCH = 10, 2 << 30, 40
LIMITS = {"max_bytes": 5_000_000, "max_rows": 5_000}
NASTY = (
    "", " ", "　", "合计", "其中：", "一、", "（一）", "小计", "#REF!", "=1+1", "1e308", "-0", "NaN", "∞", "９９９９", "1亿2000万元", "10(其中中央5)",
    "2021年10月日", "2021年13月40日", "单位：元", "项目名称", "计划投资(万元)", "中央", "\n", "\x0b", "\ud7ff", "𠮷" * 50, "x" * 5000, "0" * 400, "(" * 300,
    "1.2.3.4", "第一批第二批", "2024-02-30", "—", "万元", 1e300, -1e-300, 45000.5, 2**53, True,
)  # fmt: skip


def made(seed: int, number: int) -> tuple[bytes, str]:
    """File `number` of this seed and its name: a real table, its cells changed, written, its bytes changed."""
    chance = random.Random(f"{seed}:{number}")
    rows = real(chance.choice(NAMES))
    for _ in range(chance.choice((0, 0, 1, 3, 12))):
        _change_cells(rows, chance)
    page = dressed([[str(cell) for cell in row] for row in rows]) if chance.random() < 0.4 and rows and rows[0] else Page(rows)
    kind = chance.choice(("csv", "xlsx", "xls"))
    if kind == "csv":
        data = as_csv(page.rows, "utf-8" if chance.random() < 0.5 else "gb18030", chance.choice(",\t;"))
    else:
        data = (as_xlsx if kind == "xlsx" else as_xls)(page)
    if chance.random() < 0.6:
        data = _change_parts(data, chance) if kind == "xlsx" and chance.random() < 0.7 else _change_bytes(data, chance)
    return data, f"t.{chance.choice((kind, kind, kind, 'csv', 'et'))}"


def _change_cells(rows: list, chance: random.Random) -> None:
    if not rows:
        return
    row = chance.choice(rows)
    act = chance.randrange(6)
    if act == 0 and row:
        row[chance.randrange(len(row))] = chance.choice(NASTY)
    elif act == 1:
        rows.insert(chance.randrange(len(rows) + 1), list(chance.choice(rows)))
    elif act == 2 and len(rows) > 1:
        rows.remove(row)
    elif act == 3:
        row.extend(chance.choices(NASTY, k=chance.randrange(9)))
    elif act == 4:
        chance.shuffle(row)
    else:
        rows.insert(chance.randrange(len(rows) + 1), chance.choices(NASTY, k=chance.randrange(8)))


def _change_bytes(data: bytes, chance: random.Random) -> bytes:
    """Flipped, cut, doubled or dropped pieces."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 3, 30))):
        place, length = chance.randrange(len(changed) + 1), chance.choice((1, 2, 8, 64, 600))
        act = chance.randrange(4)
        if act == 0 and place < len(changed):
            changed[place] = chance.randrange(256)
        elif act == 1:
            del changed[place : place + length]
        elif act == 2:
            changed[place:place] = changed[place : place + length]
        else:
            changed[place : place + length] = chance.randbytes(min(length, 8)) if chance.random() < 0.7 else b""
    return bytes(changed[: chance.randrange(len(changed) + 1)] if chance.random() < 0.1 else changed)


def _change_parts(data: bytes, chance: random.Random) -> bytes:
    """A whole zip whose parts are damaged inside: what reaches the parser of the XML."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        hit = chance.choice(old.namelist())
        for name in old.namelist():
            new.writestr(name, _change_bytes(old.read(name), chance) if name == hit else old.read(name))
    return target.getvalue()


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


# -- trying ---------------------------------------------------------------------------------------------------------------


def tried(data: bytes, name: str) -> str:
    """ "read" or "refused"; raises whatever should not have happened."""
    try:
        reading = read_tables(io.BytesIO(data), name, **LIMITS)
    except Unreadable as refused:
        assert "请" in refused.message, f"no repair in: {refused.message}"
        return "refused"
    for table in reading.tables:
        assert table.name and (table.is_project_list or table.reason)
        for problem in [problem for row in table.rows for problem in (*row.problems, *row.doubts)]:
            assert problem.cell and problem.message
    return "read"


def _too_slow(*_: object) -> None:
    raise TimeoutError(f"more than {PER_FILE_SECONDS} s")


def _batch(seed: int, numbers: list[int], until: float, told) -> None:
    """In a process of its own: tell each file's number before and its end after, so that a fall names the file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, _too_slow)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # panics of the parser are printed there
    for number in numbers:
        if time.monotonic() > until:
            break
        told.send((number, "begun", ""))
        try:
            signal.alarm(0)
            data, name = made(seed, number)
            signal.alarm(PER_FILE_SECONDS)
            told.send((number, tried(data, name), ""))
        except Exception as error:  # the whole point: nothing may come out
            told.send((number, "failed", f"{type(error).__name__}: {error}"[:300]))
        finally:
            signal.alarm(0)
    told.close()


def run(seed: int, seconds: float, only: int | None = None) -> int:
    """Files until the time is over; gives the number of failures."""
    until, number, ends = time.monotonic() + seconds, 0, {"read": 0, "refused": 0, "failed": 0}
    while time.monotonic() < until:
        numbers = [only] if only is not None else list(range(number, number + BATCH))
        for at, what, words in _outcomes(seed, numbers, until):
            ends[what] += 1
            if what == "failed":
                _keep(seed, at, words)
        number += BATCH
        if only is not None:
            break
    say(f"seed {seed}: {sum(ends.values())} files, {ends['read']} read, {ends['refused']} refused, {ends['failed']} failed")
    return ends["failed"]


def _outcomes(seed: int, numbers: list[int], until: float):
    context = get_context("fork")
    mine, its = context.Pipe(duplex=False)
    child = context.Process(target=_batch, args=(seed, numbers, until, its))
    child.start()
    its.close()
    open_one = None
    try:
        while True:
            number, what, words = mine.recv()
            open_one = number if what == "begun" else None
            if what != "begun":
                yield number, what, words
    except EOFError:
        child.join(PER_FILE_SECONDS)
        if open_one is not None:
            yield open_one, "failed", f"the process fell (exit {child.exitcode})"


def _keep(seed: int, number: int, words: str) -> None:
    data, name = made(seed, number)
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"{seed}-{number}-{name}"
    path.write_bytes(data)
    say(f"FAILED {words}\n  {path.relative_to(KEPT.parents[1])}; again: python -m tests.fuzz --seed {seed} --only {number}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", type=int, default=None)
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else secrets.randbelow(10**6)
    say(f"seed {seed}, {given.seconds:g} s")
    if not settings.configured:
        settings.configure(USE_TZ=True, TIME_ZONE="Asia/Shanghai", USE_I18N=False)
    return 1 if run(seed, given.seconds, given.only) else 0


if __name__ == "__main__":
    sys.exit(main())
