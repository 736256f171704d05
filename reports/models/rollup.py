"""The prefecture's compiled week: a frozen snapshot (features 5.7)."""

from django.conf import settings
from django.db import models

from linkage.access import ScopeFields, scope
from linkage.models import Region

from .period import Period


class RollUpQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those who see every unit and every task of the region; a roll-up shows all counties' amounts."""
        return self.filter(scope(user, RollUp.SCOPE))


class RollUp(models.Model):
    """Version n of one period's summary: what was used, with hash, time and rule versions. Never changed."""

    SCOPE = ScopeFields("region__path")

    period = models.ForeignKey(Period, models.PROTECT, related_name="rollups", verbose_name="调度期")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="地区")
    number = models.PositiveIntegerField("版本")
    content = models.JSONField("内容")
    sha256 = models.CharField("内容散列", max_length=64)
    audit_head = models.CharField("审计链头", max_length=64, blank=True)
    compiled_at = models.DateTimeField("汇总时间")
    compiled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="汇总人")

    objects = RollUpQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "周汇总"
        ordering = ["-period__cutoff_at", "-number"]
        constraints = [models.UniqueConstraint(fields=["period", "region", "number"], name="rollup_version_unique")]

    def __str__(self):
        return f"{self.region} {self.period.key} v{self.number}"

    @property
    def scope_path(self):
        return self.region.path
