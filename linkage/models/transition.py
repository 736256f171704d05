"""The row every move of a state machine leaves behind."""

from django.conf import settings
from django.db import models


class TransitionRow(models.Model):
    """Who moved what from which state to which, when and why. Concrete classes add `subject`, a real foreign key."""

    name = models.CharField("动作", max_length=30)
    source = models.CharField("原状态", max_length=20)
    target = models.CharField("新状态", max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="操作人")
    by_name = models.CharField("姓名", max_length=40)
    seat = models.CharField("岗位", max_length=200, blank=True)
    at = models.DateTimeField("时间")
    reason = models.TextField("理由", blank=True)
    document = models.CharField("文号", max_length=120, blank=True)

    class Meta:
        abstract = True
        ordering = ["pk"]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.by_name} {self.name}"
