"""Which 报账 steps a county goes through before the treasury pays (features 4.5)."""

from django.conf import settings
from django.db import models

from linkage.access import ScopeFields, scope
from linkage.models import Region


class ClaimRouteQuerySet(models.QuerySet):
    def visible_to(self, user):
        """How a county pays is no secret to whoever reads rows of it."""
        return self.filter(scope(user, ClaimRoute.SCOPE))


class ClaimRoute(models.Model):
    """The steps in force in one unit from a day on; before the first row both are there. 财政审核 is always there."""

    SCOPE = ScopeFields("unit__path", region_suffices=True)

    unit = models.ForeignKey(Region, models.PROTECT, related_name="claim_routes", verbose_name="县（市、区）")
    effective_from = models.DateField("生效日期")
    has_claim = models.BooleanField("实行报账", default=True, help_text="完工或到付款节点后由实施单位申请报账；不实行的，到期款项直接进入下一步")
    has_review = models.BooleanField("经主管部门审核", default=True, help_text="报账先由行业主管部门审核；不经审核的直接到财政")
    document_no = models.CharField("依据文件", max_length=120, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="登记人")
    created_at = models.DateTimeField("登记时间")

    objects = ClaimRouteQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "报账环节"
        ordering = ["unit__display_order", "-effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "effective_from"], name="claim_route_unique", violation_error_message="这一天已有一个版本，请另选生效日期。"
            )
        ]

    def __str__(self):
        return f"{self.unit} {self.effective_from}"

    @property
    def scope_path(self):
        return self.unit.path
