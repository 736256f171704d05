"""What the tick remembers, and how far the guided set-up has come."""

from django.db import models


class Watermark(models.Model):
    """A named moment: up to here the tick has looked (design §3)."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0, help_text="consecutive failures since `at`")
    failed_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "水位"

    def __str__(self):
        return f"{self.name} {self.at}"


class SetupStep(models.Model):
    """A step of the guided first day that somebody has confirmed (features 12.6)."""

    code = models.CharField("步骤", max_length=30, unique=True)
    confirmed_at = models.DateTimeField("确认时间")
    confirmed_by = models.CharField("确认人", max_length=40)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "首日设置"

    def __str__(self):
        return self.code
