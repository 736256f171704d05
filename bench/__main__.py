"""Runs every engine in a process of its own, prints each line as it comes, and writes docs/performance.md after each.

python -m bench                      SQLite with the size of one prefecture; PostgreSQL, where it answers, with the size of a province
python -m bench --middle             both smaller: for a machine that others use too
python -m bench --quick              both tiny: shows that everything runs, says little about speed; writes no page
python -m bench --engine postgres    one engine; the page keeps what was measured of the other
python -m bench --only pages,submit  some steps; the page keeps what was measured of the others
python -m bench --keep               the loaded database stays in var/bench (SQLite) or on the server, and the next run takes it up

PostgreSQL is looked for at LINKAGE_BENCH_POSTGRES (postgres://user@host:5432/any-database; the user may create databases),
else on this machine. Unless kept, a database of its own is made and dropped.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from devtools import installing

from .measure import Measure
from .page import Book, table
from .steps import STEPS

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "var" / "bench"
ENGINES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
# counties, projects, weeks, rows of the import
SIZES = {
    "whole": {"SQLite": (8, 960, 52, 20_000), "PostgreSQL": (120, 12_000, 52, 20_000)},
    "middle": {"SQLite": (8, 480, 12, 2000), "PostgreSQL": (120, 7_200, 6, 3000)},
    "quick": {"SQLite": (3, 90, 4, 300), "PostgreSQL": (8, 520, 4, 300)},
}


def _server() -> str:
    return os.environ.get("LINKAGE_BENCH_POSTGRES", f"postgres://{getpass.getuser()}@127.0.0.1:5432/postgres")


@contextmanager
def postgres(size: str, keep: bool) -> Iterator[dict[str, str]]:
    """A database of our own, for the length of the run or, kept, until somebody drops it. Gives the environment."""
    name = f"linkage_bench_{size}" if keep else f"linkage_bench_{os.getpid()}"
    with psycopg.connect(_server(), autocommit=True, connect_timeout=5) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with folder(f"{size}-postgres", keep) as place:
        yield {"DATABASE_URL": _server().rpartition("/")[0] + f"/{name}", "LINKAGE_DATA_DIR": place}
    if not keep:
        with psycopg.connect(_server(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def sqlite(size: str, keep: bool) -> Iterator[dict[str, str]]:
    with folder(f"{size}-sqlite", keep) as place:
        yield {"DATABASE_URL": "", "LINKAGE_DATA_DIR": place}


@contextmanager
def folder(name: str, keep: bool) -> Iterator[str]:
    if keep:
        (KEPT / name).mkdir(parents=True, exist_ok=True)
        yield str(KEPT / name)
    else:
        with tempfile.TemporaryDirectory(prefix="linkage-bench-") as place:
            yield place


def measure(size: tuple[int, ...], steps: list[str], environment: dict[str, str]) -> Iterator[tuple[str, Measure]]:
    """(step, line) of one engine, in a process and data directory of its own."""
    env = os.environ | {"LINKAGE_MODE": "demo"} | environment
    command = [sys.executable, "-m", "bench.run", *map(str, size), *steps]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            found = json.loads(line)
            yield found.pop("step"), Measure(**found)
    if process.returncode:
        raise SystemExit("The measurement stopped (see above). What came before stands on the page; --keep --only takes up the rest.")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 dev.py bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_const", const="quick", dest="size", default="whole")
    parser.add_argument("--middle", action="store_const", const="middle", dest="size")
    parser.add_argument("--engine", choices=sorted(ENGINES), help="one engine only")
    parser.add_argument("--only", help=f"steps, by comma: {','.join(STEPS)}")
    parser.add_argument("--keep", action="store_true", help="keep the loaded database, and take up one that was kept")
    given = parser.parse_args()
    steps = given.only.split(",") if given.only else list(STEPS)
    if unknown := set(steps) - set(STEPS):
        parser.error(f"no such step: {', '.join(sorted(unknown))}; there are {', '.join(STEPS)}")
    installing.prepare(migrate=False)
    book = Book(KEPT / f"results-{given.size}.json", given.size)
    for engine in [given.engine] if given.engine else list(ENGINES):
        try:
            _run(engine, given.size, steps, given.keep, book)
        except psycopg.OperationalError as error:
            print(f"{ENGINES[engine]} left out: {error}")


def _run(engine: str, size: str, steps: list[str], keep: bool, book: Book) -> None:
    name, place = ENGINES[engine], {"sqlite": sqlite, "postgres": postgres}[engine]
    print(name, flush=True)
    with place(size, keep) as environment:
        for step, line in measure(SIZES[size][name], steps, environment):
            print(table([line], head=False), flush=True)
            book.add(name, step, line)
            if size != "quick":
                (ROOT / "docs" / "performance.md").write_text(book.page(), encoding="utf-8")


if __name__ == "__main__":
    main()
