"""Doors for the worker. The clock knocks once a minute; what is due is decided in `ticking`."""

from celery import shared_task

from linkage import jobs, ticking


@shared_task(name="linkage.tasks.tick")
def tick() -> None:
    """One tick. Failing duties are recorded, not raised: the next tick tries again."""
    ticking.run()


@shared_task(name="linkage.tasks.run_job")
def run_job(job_id: int) -> None:
    """Do one queued job; a second message for the same job finds it claimed and does nothing."""
    jobs.run_job(job_id)
