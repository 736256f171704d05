"""Numbers of documents, projects and issues (features 12.7)."""

from django.db import models


class Counter(models.Model):
    """The last number given for one kind, unit and year; raised inside the acting transaction, never reused."""

    kind = models.CharField("种类", max_length=30)
    scope = models.CharField("单位", max_length=60)
    year = models.PositiveIntegerField("年度")
    value = models.PositiveIntegerField("已用到", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "编号"
        constraints = [models.UniqueConstraint(fields=["kind", "scope", "year"], name="counter_unique")]

    def __str__(self):
        return f"{self.kind} {self.scope} {self.year}: {self.value}"
