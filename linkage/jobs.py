"""Work longer than a second (design §3). The Job row is the truth, the broker only a wake-up.

A kind has a `run` phase (reads, checks, may take long, shows progress, holds no transaction) and perhaps an `apply`
phase, started by a person from state CHECKED, which writes everything in one short transaction. A job is claimed by a
conditional update; whoever holds it proves so by attempt and start, so that a worker believed dead can write nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from celery import current_app
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q

from linkage import access, audit, notify, periods, rules
from linkage.errors import Refusal, StaleRevision, WrongState
from linkage.models import Job, JobState, Upload

logger = logging.getLogger(__name__)

LEASE_MINUTES = 10  # without a sign of life for so long a worker is taken for dead
COMMIT_LEASE_MINUTES = 60  # inside the transaction no sign of life is possible
MAX_ATTEMPTS = 3
PROGRESS_SECONDS = 1.0
UNHEARD_SECONDS = 45  # queued for so long: the wake-up was lost
WAKE_UPS_AT_ONCE = 50
BROKER_PAUSE_SECONDS = 30.0
CANCELLABLE = (JobState.QUEUED, JobState.RUNNING, JobState.CHECKED)
REPEATABLE = (JobState.FAILED, JobState.CANCELLED)
APPLY = "apply"


class Stopped(Exception):
    """The job was cancelled, or its lease went to another worker: leave without a trace."""


Phase = Callable[["Work"], dict[str, Any] | None]


@dataclass(frozen=True)
class JobKind:
    code: str
    title: str
    run: Phase
    apply: Phase | None = None


_kinds: dict[str, JobKind] = {}


def register(code: str, *, run: Phase, title: str, apply: Phase | None = None) -> None:
    """Make a kind known. `run(work)` gives what is kept in Job.result.

    With `apply` the job then waits in CHECKED; `apply(work)` must write inside `with work.committing()`; if it returns
    without having done so the job goes back to CHECKED with what it returned.
    """
    _kinds[code] = JobKind(code, title, run, apply)


def title_of(code: str) -> str:
    return _kinds[code].title if code in _kinds else code


# -- asked for by people ----------------------------------------------------------------------------------------------


def start(
    kind: str, params: dict[str, Any] | None = None, *, by, title: str = "", region=None, source_file=None,
    at: datetime | None = None, wake: bool = True,
) -> Job:  # fmt: skip
    """Queue a job and wake a worker after commit. With the broker down the row waits and the tick wakes it later."""
    if kind not in _kinds:
        raise ValueError(f"job kind {kind!r} is not registered")
    job = Job.objects.create(
        kind=kind, title=(title or title_of(kind))[:120], params=params or {}, region=region, source_file=source_file,
        created_by=by, created_at=at or periods.now(),
    )  # fmt: skip
    if wake:
        transaction.on_commit(lambda: wake_up(job.pk))
    return job


def apply(job: Job, *, by, wake: bool = True, more: dict[str, Any] | None = None) -> None:
    """The person confirms what was read and checked; `more` is kept in its result for the apply phase.

    Raises PermissionDenied for anybody else, WrongState otherwise.
    """
    if job.created_by_id != by.pk:
        raise PermissionDenied("只有发起人可以确认。")
    result = job.result | (more or {}) | {"phase": APPLY}
    if not _as_looked_at(job).update(state=JobState.QUEUED, attempts=0, result=result):
        raise _wrong_state(job, "确认")
    if wake:
        transaction.on_commit(lambda: wake_up(job.pk))


def again(job: Job, *, by, params: dict[str, Any], wake: bool = True) -> None:
    """The person has said something that the check must know: do the first phase once more with these parameters.

    Raises PermissionDenied for anybody else, WrongState unless the job waits for the person.
    """
    if job.created_by_id != by.pk:
        raise PermissionDenied("只有发起人可以这样做。")
    fresh = {"params": params, "attempts": 0, "result": {}, "message": "", "progress": 0, "total": 0}
    if not _as_looked_at(job).update(state=JobState.QUEUED, **fresh):
        raise _wrong_state(job, "再核对")
    if wake:
        transaction.on_commit(lambda: wake_up(job.pk))


def cancel(job: Job, *, by, at: datetime | None = None) -> None:
    """Stop a job that is not finished; what it had read is dropped, nothing was written."""
    _require_hold(job, by)
    at = at or periods.now()
    with transaction.atomic():
        rows = Job.objects.filter(pk=job.pk, state__in=CANCELLABLE)
        if not rows.update(state=JobState.CANCELLED, finished_at=at, message="已取消，未写入任何数据。"):
            raise _wrong_state(job, "取消")
        audit.record(by=by, verb="取消后台任务", target=job, at=at)


def retry(job: Job, *, by, at: datetime | None = None) -> None:
    """Begin a failed or cancelled job again, from its first phase."""
    _require_hold(job, by)
    with transaction.atomic():
        rows = Job.objects.filter(pk=job.pk, state__in=REPEATABLE)
        fresh = {"progress": 0, "total": 0, "message": "", "attempts": 0, "result": {}, "finished_at": None}
        if not rows.update(state=JobState.QUEUED, **fresh):
            raise _wrong_state(job, "重试")
        audit.record(by=by, verb="重试后台任务", target=job, at=at or periods.now())
        transaction.on_commit(lambda: wake_up(job.pk))


def in_sight(user):
    """Own jobs; for whoever keeps the jobs running (job.manage) all of them, to be shown without their content."""
    return Job.objects.all() if access.may(user, "job.manage") else Job.objects.visible_to(user)


def _require_hold(job: Job, by) -> None:
    if job.created_by_id != by.pk and not access.may(by, "job.manage"):
        raise access.Denied("只有发起人或系统管理员可以这样做。", "job.manage")


def _as_looked_at(job: Job):
    """The row while it waits for the person with the same check behind it as `job` in the caller's hands."""
    return Job.objects.filter(pk=job.pk, state=JobState.CHECKED, started_at=job.started_at)


def _wrong_state(job: Job, act: str) -> Refusal:
    job.refresh_from_db()
    if job.state == JobState.CHECKED:
        return StaleRevision(f"“{job}”刚刚重新核对过，没有{act}。请再看一遍现在的内容。")
    return WrongState(f"“{job}”现在是“{job.get_state_display()}”，不能{act}。")


# -- waking -----------------------------------------------------------------------------------------------------------

_silent_until = 0.0


def wake_up(job_id: int) -> bool:
    """Send the worker a word; gives whether it was taken. A dead broker is left alone for a while and stops nobody."""
    global _silent_until
    if monotonic() < _silent_until:
        return False
    try:
        current_app.send_task("linkage.tasks.run_job", [job_id], expires=300)
    except Exception as error:  # whatever the transport raises: the row is there and the tick will find it
        logger.warning("no wake-up for job %s: %s", job_id, error)
        _silent_until = monotonic() + BROKER_PAUSE_SECONDS
        return False
    return True


# -- done by workers --------------------------------------------------------------------------------------------------


class Work:
    """One attempt at one job, in the hands of its run or apply function."""

    def __init__(self, job: Job):
        self.job, self.by, self.params = job, job.created_by, job.params
        self.committed = False
        self.result_file: Upload | None = None
        self._inside = False
        self._told_at = monotonic()

    def mine(self):
        """The row, as long as this attempt still holds it."""
        return Job.objects.filter(
            pk=self.job.pk, state=JobState.RUNNING, attempts=self.job.attempts, started_at=self.job.started_at
        )

    def progress(self, done: int, total: int = 0, message: str = "") -> None:
        """Tell how far it is, at most once a second, and renew the lease. Raises Stopped when the job is lost."""
        if self._inside:
            raise RuntimeError(
                "no progress inside the transaction: nobody could see it, and SQLite would wait for itself"
            )
        now = monotonic()
        if now - self._told_at < PROGRESS_SECONDS:
            return
        self._told_at = now
        self.hold(LEASE_MINUTES, progress=done, total=total, message=message)

    def hold(self, minutes: int, **changes: Any) -> None:
        """Renew the lease, or raise Stopped."""
        now = periods.machine_now()
        lease = {"heartbeat_at": now, "lease_until": periods.shift(now, minutes=minutes)}
        if not self.mine().update(**lease, **changes):
            raise Stopped

    @contextmanager
    def committing(self) -> Iterator[dict[str, Any]]:
        """The one short transaction of the apply phase: its writes and DONE come together or not at all.

        Gives a dict whose content is added to Job.result.
        """
        self.hold(COMMIT_LEASE_MINUTES)
        result: dict[str, Any] = {}
        with transaction.atomic():
            self.hold(COMMIT_LEASE_MINUTES)
            self._inside = True
            try:
                yield result
            finally:
                self._inside = False
            self.finish(JobState.DONE, result, result.get("message", ""))
        self.committed = True

    def finish(self, state: str, result: dict[str, Any] | None = None, message: str = "") -> None:
        kept = audit.plain(self.job.result | (result or {}))
        ended = None if state == JobState.CHECKED else periods.now()
        values = {"state": state, "result": kept, "message": message, "finished_at": ended, "lease_until": None}
        if self.result_file is not None:
            values["result_file"] = self.result_file
        if not self.mine().update(**values):
            raise Stopped


def run_job(job_id: int, *, tell: bool = True) -> None:
    """Claim a queued job and do its phase. Somebody else has it, or it is no longer queued → nothing happens.

    `tell`: leave the person a notice at the end (not when the person waits for this very answer).
    """
    job = _claim(job_id)
    if job is None:
        return
    work = Work(job)
    try:
        with rules.one_book():
            _do(work)
    except Stopped:
        logger.info("job %s was cancelled or taken over", job.pk)
        return
    except Refusal as refusal:
        _give_up(work, refusal.message)
    except PermissionDenied as denied:
        _give_up(work, f"{denied or '您的岗位现在不能这样做。'}未写入任何数据。")
    except Exception:
        logger.exception("job %s (%s) failed", job.pk, job.kind)
        _give_up(work, f"系统出错，没有完成，未写入任何数据。请重试；仍不行请告知系统管理员（任务编号 {job.pk}）。")
    if tell:
        _tell(job.pk)


def _claim(job_id: int) -> Job | None:
    now = periods.machine_now()
    claimed = Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(
        state=JobState.RUNNING, attempts=F("attempts") + 1, started_at=now, heartbeat_at=now, finished_at=None,
        lease_until=periods.shift(now, minutes=LEASE_MINUTES), progress=0, message="",
    )  # fmt: skip
    if not claimed:
        return None
    return Job.objects.select_related("created_by", "source_file").filter(pk=job_id, started_at=now).first()


def _do(work: Work) -> None:
    kind = _kinds.get(work.job.kind)
    if kind is None:
        raise Refusal(f"系统不认识“{work.job.kind}”这种任务，请告知系统管理员。")
    if work.job.result.get("phase") != APPLY:
        result = kind.run(work) or {}
        work.finish(JobState.CHECKED if kind.apply else JobState.DONE, result, result.get("message", ""))
    elif kind.apply is not None:
        result = kind.apply(work) or {}
        if not work.committed:
            work.finish(JobState.CHECKED, {"phase": "check", **result}, result.get("message", ""))


def _give_up(work: Work, message: str) -> None:
    try:
        work.finish(JobState.FAILED, message=message)
    except Stopped:
        logger.info("job %s was cancelled or taken over", work.job.pk)


def _tell(job_id: int) -> None:
    job = Job.objects.select_related("created_by").get(pk=job_id)
    if job.created_by is None or job.state not in (JobState.DONE, JobState.CHECKED, JobState.FAILED):
        return
    key = f"job:{job.pk}:{job.state}:{job.started_at and job.started_at.isoformat()}"
    notify.tell(
        [job.created_by],
        key=key,
        title=f"{job.title}：{job.get_state_display()}",
        body=job.message,
        url=f"/jobs/{job.pk}/",
    )


# -- the sweeper, a duty of the tick ----------------------------------------------------------------------------------


def sweep(*, at: datetime) -> None:
    """Queue again what a dead worker left behind once its lease is over, give up after three attempts, wake the unheard."""
    dead = Job.objects.filter(state=JobState.RUNNING).filter(Q(lease_until__lt=at) | Q(lease_until__isnull=True))
    words = f"处理中断 {MAX_ATTEMPTS} 次，没有完成，未写入任何数据。请重试；仍不行请告知系统管理员。"
    dead.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=JobState.FAILED, message=words, finished_at=at, lease_until=None
    )
    restarted = list(dead.values_list("pk", flat=True))
    dead.update(state=JobState.QUEUED, lease_until=None)
    unheard = Job.objects.filter(state=JobState.QUEUED, created_at__lt=periods.shift(at, seconds=-UNHEARD_SECONDS))
    waiting = unheard.exclude(pk__in=restarted).order_by("pk").values_list("pk", flat=True)
    for job_id in [*restarted, *waiting[:WAKE_UPS_AT_ONCE]]:
        if not wake_up(job_id):
            return
