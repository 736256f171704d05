"""Projects that look alike (features 2.6): pairs as they were last compared, and what a person said about them, so that nobody is asked twice."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from linkage.access import ScopeFields, scope

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


class AlikeKind(models.TextChoices):
    """What the comparison suspects; what it is, a person says (`AlikeVerdict`)."""

    SAME = "same", "疑似重复"
    SPLIT = "split", "疑似拆分"


class AlikePairQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Only where both projects are in sight: a pair tells of both."""
        first, second = (ScopeFields(f"{side}__unit__path", f"{side}__task_id", f"{side}__implementer_id", f"{side}_id") for side in ("first", "second"))
        return self.filter(scope(user, first), scope(user, second))

    def with_decided(self):
        """`is_decided`: a person has said what this pair is."""
        said = AlikeDecision.objects.order_by().filter(first=OuterRef("first"), second=OuterRef("second"))
        return self.annotate(is_decided=Exists(said))


class AlikePair(models.Model):
    """Two projects that looked alike when the library was last compared. Derived: projects.actions.alike_pairs alone writes here.

    `first` is the project with the smaller number, `year` the later of the two project years.
    """

    first = models.ForeignKey(Project, models.CASCADE, related_name="+", verbose_name="项目一")
    second = models.ForeignKey(Project, models.CASCADE, related_name="+", verbose_name="项目二")
    year = models.PositiveIntegerField("项目年度")
    kind = models.CharField("疑似", max_length=10, choices=AlikeKind.choices)
    likeness = models.PositiveSmallIntegerField("名称相似度", help_text="of 100")
    reasons = models.JSONField("依据")

    objects = AlikePairQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "疑似重复、疑似拆分"
        ordering = ["-year", "kind", "-likeness", "first_id", "second_id"]
        indexes = [models.Index(fields=["-year", "kind", "-likeness", "first", "second"], name="alike_pair_order")]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="alike_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="alike_pair_order_of_two"),
        ]

    def __str__(self):
        return f"{self.first} / {self.second}：{self.get_kind_display()}"


class AlikeRun(models.Model):
    """Up to when the projects of a year were compared, and the fingerprint of all that was compared."""

    year = models.PositiveIntegerField("项目年度", unique=True)
    fingerprint = models.CharField("散列", max_length=64)
    at = models.DateTimeField("对比截至")

    class Meta:
        verbose_name = verbose_name_plural = "相似项目对比"
        ordering = ["-year"]

    def __str__(self):
        return f"{self.year} {self.at}"
