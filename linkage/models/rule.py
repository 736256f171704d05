"""Versioned values the office can change (features 11.2)."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class RuleVersion(models.Model):
    """One value of one rule from `effective_from` on. The catalogue of rules is `linkage.rules.CATALOGUE`."""

    code = models.CharField("规则", max_length=60)
    value = models.JSONField("取值")
    effective_from = models.DateField("生效日期")
    document = models.CharField("依据文件", max_length=120, blank=True)
    reason = models.CharField("说明", max_length=200, blank=True)
    is_verified = models.BooleanField("已核对", default=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name="修改人")
    created_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "规则"
        ordering = ["code", "-effective_from", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["code", "effective_from"], name="rule_version_unique"),
            models.CheckConstraint(
                condition=Q(author__isnull=True) | ~Q(document="") | ~Q(reason=""),
                name="rule_version_grounded",
                violation_error_message="修改规则须写明依据文件或理由。",
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.effective_from}"
