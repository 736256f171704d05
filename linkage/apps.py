from datetime import timedelta

from django.apps import AppConfig


class LinkageConfig(AppConfig):
    name = "linkage"
    verbose_name = "基础与权限"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Tasks are sent from web processes too: they must know the configured Celery application.
        from linkage.celery import app

        app.set_default()
        self._register_jobs()
        self._register_duties()
        self._register_sheets()
        self._register_open_items()

    def _register_jobs(self) -> None:
        from linkage import exports, jobs
        from linkage.actions import verification
        from linkage.imports import engine, phases

        jobs.register(engine.JOB, run=phases.check, apply=phases.apply, title="导入")
        jobs.register(exports.JOB, run=exports.run, title="导出")
        jobs.register(verification.JOB, run=verification.run, title="核验审计链")

    def _register_duties(self) -> None:
        from linkage import duties, exports, jobs, ticking
        from linkage.imports import engine

        ticking.register("seal", duties.seal_audit, label="封存审计记录")
        ticking.register("jobs", jobs.sweep, label="接续中断的后台任务")
        ticking.register("exports", exports.expire, every=timedelta(hours=6), label="清理过期导出文件")
        ticking.register("imports", engine.forget_staging, every=timedelta(hours=6), label="清理过期导入预览")
        ticking.register("sessions", duties.clear_sessions, every=timedelta(days=1), label="清理过期登录")

    def _register_sheets(self) -> None:
        from linkage.exports import contacts  # noqa: F401
        from linkage.imports import contacts as contact_sheet  # noqa: F401

    def _register_open_items(self) -> None:
        from linkage import handover
        from linkage.actions.contacts import pass_on
        from linkage.figures.contacts import held_in
        from linkage.figures.gaps import register_source
        from linkage.figures.leaving import gaps

        handover.register(
            handover.Kind("contacts", "一对一对接", held_in, takers=handover.same_body, take=pass_on, by_name=True)
        )
        register_source(gaps)
