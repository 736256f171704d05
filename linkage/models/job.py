"""Work longer than a second (design: the row is the truth, the broker a wake-up)."""

from django.conf import settings
from django.db import models

from .region import Region
from .upload import Upload


class JobState(models.TextChoices):
    QUEUED = "queued", "排队中"
    RUNNING = "running", "进行中"
    CHECKED = "checked", "待确认"
    DONE = "done", "已完成"
    FAILED = "failed", "未完成"
    CANCELLED = "cancelled", "已取消"


OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)


class JobQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A job and its result belong to the person who asked for it."""
        return self.filter(created_by=user) if user.is_authenticated else self.none()

    def unfinished(self):
        return self.filter(state__in=OPEN_STATES)


class Job(models.Model):
    kind = models.CharField("种类", max_length=40)
    title = models.CharField("名称", max_length=120)
    params = models.JSONField("参数", default=dict)
    state = models.CharField("状态", max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    progress = models.PositiveIntegerField("进度", default=0)
    total = models.PositiveIntegerField("总数", default=0)
    message = models.TextField("说明", blank=True)
    result = models.JSONField("结果", default=dict)
    source_file = models.ForeignKey(Upload, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="来源文件")
    result_file = models.ForeignKey(Upload, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="结果文件")
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, verbose_name="地区")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="jobs", verbose_name="发起人")
    created_at = models.DateTimeField("发起时间")
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)
    heartbeat_at = models.DateTimeField("心跳", null=True, blank=True)
    lease_until = models.DateTimeField("租约", null=True, blank=True)
    attempts = models.PositiveIntegerField("次数", default=0)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "后台任务"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "kind"], name="job_state")]

    def __str__(self):
        return self.title
