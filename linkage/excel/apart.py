"""Reading in a process of its own with bounded memory and time: a file that hangs or swells the parser harms nobody else.

The child is `python -m linkage.excel.apart`: it gets a pickled (task, data, arguments) on its standard input, knows neither
database nor keys, and gives back a pickled answer.
"""

from __future__ import annotations

import io
import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import IO, Any

from linkage.errors import Refusal

try:
    import resource
except ImportError:  # not POSIX: the clock alone bounds the child
    resource = None  # type: ignore[assignment]

logger = logging.getLogger(__name__)

SECONDS = 60  # of processor time; the wall clock gets twice as much
MEMORY = 2 * 1024 * 1024 * 1024  # address space; 20,000 rows of 40 columns need a tenth
MOST_ANSWER = 256 * 1024 * 1024  # bytes that the asking process has to take
WRITES = {"mark": 64 * 1024 * 1024}  # bytes of one file; openpyxl writes a workbook's parts into files of its own first
ROOT = Path(__file__).resolve().parents[2]
_KEPT = ("PATH", "LANG", "LC_ALL", "PYTHONHASHSEED", "SYSTEMROOT")


def read_apart(task: str, file: IO[bytes], *, seconds: int = SECONDS, memory: int = MEMORY, **arguments: Any) -> Any:
    """Do `task` ("tables": read_tables, "template": read_table, "keyed": read_keyed, "mark": mark_cells) with the file in a child process.

    Raises Unreadable as the task does, and Overrun when the child takes too long, needs too much memory, or falls.
    """
    from .files import Overrun, Unreadable

    _tell_of_missing_limits()
    file.seek(0)
    order = pickle.dumps((task, seconds, memory, file.read(), arguments))
    file.seek(0)
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | {"PYTHONPATH": str(ROOT)}
    try:
        child = subprocess.run(
            [sys.executable, "-m", "linkage.excel.apart"], input=order, capture_output=True, cwd=ROOT, env=environment,
            timeout=2 * seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Overrun from error
    if child.returncode != 0 or not child.stdout:
        logger.warning("reading apart ended with %s: %s", child.returncode, child.stderr[-2000:].decode(errors="replace"))
        raise Overrun
    said, value = pickle.loads(child.stdout)  # noqa: S301 - our own child's answer
    if said == "ok":
        return value
    raise Overrun if said == "overrun" else Unreadable(value)


@cache
def _tell_of_missing_limits() -> None:
    """Once per process: on this system a hostile file is stopped by the clock only."""
    if resource is None:
        logger.warning("no limits of memory and processor time on this system: reading apart is bounded by the clock alone")


# -- in the child ---------------------------------------------------------------------------------------------------------


def _main() -> None:
    task, seconds, memory, data, arguments = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - our own parent's order
    if resource is not None:
        _limit(task, seconds, memory)
    answer = pickle.dumps(_answer(task, data, arguments), protocol=pickle.HIGHEST_PROTOCOL)
    if len(answer) > MOST_ANSWER:
        answer = pickle.dumps(("overrun", None))
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()


def _limit(task: str, seconds: int, memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITES.get(task, 0),) * 2)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _answer(task: str, data: bytes, arguments: dict[str, Any]) -> tuple[str, Any]:
    from .files import Overrun

    try:
        return "ok", do(task, io.BytesIO(data), **arguments)
    except (MemoryError, Overrun):
        return "overrun", None
    except Refusal as refusal:
        return "refused", refusal.message


def do(task: str, file: IO[bytes], **arguments: Any) -> Any:
    """The task itself, in this process."""
    from .keyed import read_keyed
    from .marking import mark_cells
    from .reading import read_table
    from .tables import read_tables

    tasks: dict[str, Callable[..., Any]] = {"tables": read_tables, "template": read_table, "keyed": read_keyed, "mark": mark_cells}
    return tasks[task](file, **arguments)


if __name__ == "__main__":
    import gc

    from django.conf import settings

    gc.disable()  # the process lives for one file
    settings.configure(USE_TZ=True, TIME_ZONE="Asia/Shanghai", USE_I18N=False)
    _main()
