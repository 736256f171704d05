"""`manage.py seed_demo`: the demo years, played through the actions that people call."""

import time

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from linkage import loading, periods
from linkage.models import Job, JobState, User
from reports.demo.play import is_loaded, play

STEP_SECONDS = 2.0  # a visitor's form waits no longer than this
# A waiting SQLite writer tries again every 100 ms: a longer pause lets every visitor's form through.
PAUSE_SECONDS = 0.12
KNOWN_AFTER = 0.03  # of the work; an earlier estimate would be a guess


class Progress:
    """Tells pages (through the job row) and the console how far it is, and lets others write, every two seconds."""

    def __init__(self, job: Job, write):
        self.job, self.write = job, write
        self.begun = self.last = time.monotonic()
        self.said = ""

    def __call__(self, reached: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.last < STEP_SECONDS and done < total:
            return
        words = reached + self._left(now - self.begun, done, total)
        Job.objects.filter(pk=self.job.pk).update(progress=100 * done // total, message=words, heartbeat_at=periods.now())
        if reached != self.said:
            self.write(f"  演示数据：{words}")
            self.said = reached
        if connection.vendor == "sqlite":
            time.sleep(PAUSE_SECONDS)
        self.last = time.monotonic()

    @staticmethod
    def _left(elapsed: float, done: int, total: int) -> str:
        if done >= total:
            return f"（{elapsed:.0f} 秒）"
        if done < KNOWN_AFTER * total:
            return ""
        seconds = elapsed * (total - done) / done
        return f"（约还需 {max(5, 5 * round(seconds / 5))} 秒）"


class Command(BaseCommand):
    help = "Load the demo years (previous fund year complete, current one up to last week). Needs an empty database."

    def handle(self, *args, **options):
        if is_loaded():
            self.stdout.write("演示数据已在，未作改动。")
            return
        if User.objects.exists():
            raise CommandError(
                "数据库中已有用户，不是空库；演示数据只载入空库。上次载入中断的，请换一个空库：SQLite 删除数据目录，PostgreSQL 新建数据库，再重来。"
            )
        at = periods.now()
        job = Job.objects.create(kind=loading.JOB_KIND, title="载入演示数据", state=JobState.RUNNING, created_at=at, started_at=at,
                                 heartbeat_at=at, lease_until=periods.shift(at, minutes=30), total=100)  # fmt: skip
        play(at=at, echo=Progress(job, self.stdout.write))
        Job.objects.filter(pk=job.pk).update(state=JobState.DONE, progress=100, finished_at=periods.now(), lease_until=None)
