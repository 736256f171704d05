"""A long table read in a process of its own (as `apart`), its rows handed over in portions while the reading goes on.

Neither side ever holds the whole table as rows, and judging does not wait for the last of them. The child is
`python -m linkage.excel.streaming`; it writes pickled (word, value) one after the other: head, rows …, end, or refused, overrun.
"""

from __future__ import annotations

import io
import logging
import os
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from linkage.errors import Refusal

from . import apart
from .apart import MEMORY, MOST_ANSWER, ROOT, SECONDS

logger = logging.getLogger(__name__)


def stream_apart(file: IO[bytes], *, task: str = "template", seconds: int = SECONDS, memory: int = MEMORY, **arguments: Any) -> Iterator[Any]:
    """`read_portions` ("template") or `read_feed` ("feed") in a child process: first the head, then lists of rows.

    Raises Unreadable as it does, and Overrun when the child takes too long, needs too much memory, or falls.
    """
    from .files import Overrun, Unreadable

    file.seek(0)
    order = pickle.dumps((task, seconds, memory, file.read(), arguments))
    file.seek(0)
    with tempfile.TemporaryFile() as said_last, _child(said_last) as child:
        try:
            assert child.stdin is not None
            assert child.stdout is not None
            with _watched(child, 2 * seconds):
                _hand_over(child.stdin, order)
            del order
            word = ""
            while word != "end":
                try:
                    with _watched(child, 2 * seconds):
                        word, value = pickle.load(child.stdout)  # noqa: S301 - our own child's answer
                except (EOFError, pickle.UnpicklingError) as error:
                    child.wait()
                    said_last.seek(0)
                    logger.warning("reading apart ended with %s: %s", child.returncode, said_last.read()[-2000:].decode(errors="replace"))
                    raise Overrun from error
                if word == "refused":
                    raise Unreadable(value)
                if word == "overrun":
                    raise Overrun
                if word != "end":
                    yield value
        finally:
            child.kill()


@contextmanager
def _watched(child: subprocess.Popen, seconds: float) -> Iterator[None]:
    """A child that lets us wait for so long is ended. The time in which it waits for us, while rows are judged, does not count;
    all its work together is bounded by its limit of processor time."""
    watch = threading.Timer(seconds, child.kill)
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _child(said_last: IO[bytes]) -> subprocess.Popen:
    environment = {name: os.environ[name] for name in apart._KEPT if name in os.environ} | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "linkage.excel.streaming"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said_last, cwd=ROOT, env=environment
    )


def _hand_over(pipe: IO[bytes], order: bytes) -> None:
    """A child that has fallen already says so by its answer, not by the pipe it no longer reads (closing it flushes)."""
    for act in (lambda: pipe.write(order), pipe.close):
        with suppress(BrokenPipeError):
            act()


# -- in the child ---------------------------------------------------------------------------------------------------------


def _main() -> None:
    from .files import Overrun

    task, seconds, memory, data, arguments = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - our own parent's order
    if apart.resource is not None:
        apart._limit("template", seconds, memory)
    sent = 0
    try:
        for number, portion in enumerate(do(task, io.BytesIO(data), **arguments)):
            sent += _say("rows" if number else "head", portion)
            if sent > MOST_ANSWER:
                raise Overrun
        _say("end", None)
    except (MemoryError, Overrun):
        _say("overrun", None)
    except Refusal as refusal:
        _say("refused", refusal.message)


def do(task: str, file: IO[bytes], **arguments: Any) -> Iterator[Any]:
    """The task itself, in this process."""
    from .feeds import read_feed
    from .reading import read_portions

    readers: dict[str, Callable[..., Iterator[Any]]] = {"template": read_portions, "feed": read_feed}
    return readers[task](file, **arguments)


def _say(word: str, value: Any) -> int:
    frame = pickle.dumps((word, value), protocol=pickle.HIGHEST_PROTOCOL)
    sys.stdout.buffer.write(frame)
    sys.stdout.buffer.flush()
    return len(frame)


if __name__ == "__main__":
    import gc

    from django.conf import settings

    gc.disable()  # the process lives for one file
    settings.configure(USE_TZ=True, TIME_ZONE="Asia/Shanghai", USE_I18N=False)
    _main()
