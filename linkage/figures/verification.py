"""When the audit chain was last verified as a whole, and what came out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from linkage.models import Job, JobState

JOB = "verify_audit"


@dataclass(frozen=True)
class LastVerification:
    """The newest finished verification: when, by whom, how far the chain reached, and what was found (numbers, and words
    for the first of them)."""

    at: datetime
    by: str
    checked: int
    head: str
    breaks: int
    gaps: int
    unsealed: int
    findings: list[str]

    @property
    def is_whole(self) -> bool:
        return not (self.breaks or self.gaps or self.unsealed)


def last_verification() -> LastVerification | None:
    """None as long as nobody has verified the whole chain. One query."""
    job = Job.objects.filter(kind=JOB, state=JobState.DONE).select_related("created_by").order_by("-finished_at", "-pk").first()
    if job is None or job.finished_at is None:
        return None
    names = ("checked", "head", "breaks", "gaps", "unsealed", "findings")
    return LastVerification(job.finished_at, str(job.created_by or "系统"), **{name: job.result[name] for name in names})


def running() -> Job | None:
    """A verification that is queued or under way. One query."""
    return Job.objects.unfinished().filter(kind=JOB).select_related("created_by").order_by("pk").first()
