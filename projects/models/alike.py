"""What a person said about two projects that look alike (features 2.6): remembered, so that nobody is asked twice."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from linkage.access import scope

from .project import Project


class AlikeVerdict(models.TextChoices):
    SAME = "same", "相同（重复）"
    DIFFERENT = "different", "不同项目"
    SPLIT = "split", "拆分"


class AlikeDecisionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Only where both projects are in sight: a decision names both."""
        seen = Project.objects.filter(scope(user, Project.SCOPE)).order_by().values("pk")
        return self.filter(first__in=seen, second__in=seen)

    def about(self, project_id: int):
        return self.filter(Q(first=project_id) | Q(second=project_id))


class AlikeDecision(models.Model):
    """One decision on a pair; `first` is the project with the smaller number. A later decision replaces it, the trail keeps both."""

    first = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目一")
    second = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目二")
    verdict = models.CharField("认定", max_length=10, choices=AlikeVerdict.choices)
    reason = models.CharField("理由", max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="认定人")
    at = models.DateTimeField("认定时间")

    objects = AlikeDecisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "疑似重复认定"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="alike_decision_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="alike_decision_order"),
            models.CheckConstraint(condition=~Q(reason=""), name="alike_decision_why", violation_error_message="请写明认定的理由。"),
        ]

    def __str__(self):
        return f"{self.first} / {self.second}：{self.get_verdict_display()}"
