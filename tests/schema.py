"""Tables as the migrations leave them, kept between runs on SQLite: running them takes longer than most test files.

The file is named by what made it; a migration or a package changed gives another name, and the old file goes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from pathlib import Path
from typing import IO

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "var" / "tests"
_turn: list[IO[str]] = []  # the lock, while this process holds it


def _kept() -> Path:
    made_by = hashlib.sha256()
    for path in sorted((*ROOT.glob("*/migrations/*.py"), *ROOT.glob("requirements/*.txt"))):
        made_by.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return KEPT / f"{made_by.hexdigest()[:16]}.sqlite3"


def take_up() -> bool:
    """Put the kept tables where the test database will be looked for. False when there are none: then this process makes
    them, and others that start meanwhile wait for `keep`."""
    if connection.vendor != "sqlite":
        return False
    KEPT.mkdir(parents=True, exist_ok=True)
    _turn.append((KEPT / "turn").open("w"))
    fcntl.flock(_turn[0], fcntl.LOCK_EX)
    if not _kept().exists():
        return False
    shutil.copyfile(_kept(), connection.settings_dict["TEST"]["NAME"])
    return True


def keep() -> None:
    if connection.vendor == "sqlite" and not (kept := _kept()).exists():
        _write(kept)
    while _turn:
        _turn.pop().close()


def _write(kept: Path) -> None:
    fresh = KEPT / f"{os.getpid()}.new"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(fresh)])
    for old in KEPT.glob("*.sqlite3"):
        old.unlink(missing_ok=True)
    fresh.replace(kept)
