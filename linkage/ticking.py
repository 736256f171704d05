"""Everything that recurs, decided by the database (design §3).

Apps register *duties* in `ready()`; `run(at)` does those that are due, each in its own guard, so that a failing one stops
nobody else. A duty asks the database what is missing and does it: running it twice, or after days of downtime, is
harmless. Its watermark says when it last succeeded, and since then how often and why it failed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from linkage import notify, periods, rules
from linkage.models import Role, Seat, User, Watermark

logger = logging.getLogger(__name__)

TICK, LEASE = "tick", "tick:lease"
LEASE_MINUTES = 10
FREE = datetime(2000, 1, 1, tzinfo=periods.BEIJING)

Duty = Callable[..., object]


@dataclass(frozen=True)
class Entry:
    """One duty: `func(at=…)` is called when `every` has passed since it last succeeded."""

    name: str
    label: str
    func: Duty
    every: timedelta

    @property
    def mark(self) -> str:
        return f"duty:{self.name}"


@dataclass
class Outcome:
    """What one run did: names of duties done, and of failed ones with the error; `busy` when another run holds the lease."""

    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    busy: bool = False


_entries: dict[str, Entry] = {}


def register(name: str, func: Duty, *, every: timedelta = timedelta(0), label: str = "") -> None:
    """Add a duty, in the order of `INSTALLED_APPS` and calls; the same name again replaces it (a reloaded app)."""
    _entries[name] = Entry(name, label or name, func, every)


def entries() -> list[Entry]:
    """All duties in the order they run."""
    return list(_entries.values())


def last_done(name: str) -> datetime | None:
    """When this duty last succeeded; None before the first time. For duties that look from there on."""
    mark = Watermark.objects.filter(name=f"duty:{name}", at__gt=FREE).first()
    return mark.at if mark else None


def run(at: datetime | None = None) -> Outcome:
    """Do every duty that is due at a moment (now by default). Two runs at once: the second does nothing and says so."""
    at = at or periods.now()
    with _lease() as held:
        if not held:
            return Outcome(busy=True)
        outcome = Outcome()
        marks = dict(Watermark.objects.values_list("name", "at"))
        for entry in entries():
            if _is_due(entry, marks.get(entry.mark), at):
                _do(entry, at, outcome)
                held.renew()
        Watermark.objects.update_or_create(name=TICK, defaults={"at": at})
        return outcome


def _is_due(entry: Entry, mark: datetime | None, at: datetime) -> bool:
    """Never done, long enough ago, or marked in the future by a clock that was wrong."""
    return mark is None or mark > at or periods.seconds_between(mark, at) >= entry.every.total_seconds()


def _do(entry: Entry, at: datetime, outcome: Outcome) -> None:
    try:
        with rules.one_book():
            entry.func(at=at)
    except Exception as error:  # the guard around each duty: whatever it is, the others go on
        logger.exception("duty %s failed", entry.name)
        outcome.failed[entry.name] = words = f"{type(error).__name__}: {error}"[:2000]
        _note_failure(entry, at, words)
    else:
        outcome.done.append(entry.name)
        Watermark.objects.update_or_create(
            name=entry.mark, defaults={"at": at, "failures": 0, "failed_at": None, "error": ""}
        )


def _note_failure(entry: Entry, at: datetime, words: str) -> None:
    """Keep the failure on the watermark, and tell the system administrators once a day."""
    with transaction.atomic():
        Watermark.objects.get_or_create(name=entry.mark, defaults={"at": FREE})
        Watermark.objects.filter(name=entry.mark).update(failures=F("failures") + 1, failed_at=at, error=words)
        day = periods.day_of(at)
        keepers = Seat.objects.on(day).filter(role=Role.SYSADMIN)
        notify.tell(
            User.objects.filter(is_active=True, seats__in=keepers).distinct(),
            key=f"duty-failed:{entry.name}:{day}", title=f"自动事项“{entry.label}”没有完成", body=words, url="/duties/", at=at,
        )  # fmt: skip


class _Lease:
    """The right to tick, as a row: whoever moves `at` from the past into the future holds it until then."""

    def __init__(self) -> None:
        self.until: datetime | None = None

    def take(self) -> bool:
        now = periods.machine_now()
        try:
            with transaction.atomic():
                Watermark.objects.get_or_create(name=LEASE, defaults={"at": FREE})
        except IntegrityError:
            logger.debug("another process has just made the lease row")
        until = periods.shift(now, minutes=LEASE_MINUTES)
        if Watermark.objects.filter(name=LEASE, at__lte=now).update(at=until):
            self.until = until
        return self.until is not None

    def renew(self) -> None:
        """After each duty; raises when a run that took longer than the lease has lost it to another."""
        until = periods.shift(periods.machine_now(), minutes=LEASE_MINUTES)
        if not Watermark.objects.filter(name=LEASE, at=self.until).update(at=until):
            raise RuntimeError("this tick took longer than its lease and another one has begun")
        self.until = until

    def give_back(self) -> None:
        Watermark.objects.filter(name=LEASE, at=self.until).update(at=FREE)


@contextmanager
def _lease() -> Iterator[_Lease | None]:
    lease = _Lease()
    if not lease.take():
        yield None
        return
    try:
        yield lease
    finally:
        lease.give_back()
