"""Approved changes of planned projects (features 2.3)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from linkage.access import ScopeFields, scope

from .project import Project


class RevisionKind(models.TextChoices):
    """What was approved. By itself from what was changed; 结余再安排 is said by the person."""

    LEFTOVER = "leftover", "结余再安排"
    CONTENT = "content", "内容变更"
    SITE = "site", "地点变更"
    AMOUNT = "amount", "金额变更"
    MIXED = "mixed", "综合调整"
    OTHER = "other", "其他调整"
    TAKEN_BACK = "taken_back", "退回项目库"
    ENDED = "ended", "终止"


class RevisionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope(user, ProjectRevision.SCOPE))

    def standing(self):
        """Not taken back with the import that wrote them."""
        return self.filter(withdrawn_at__isnull=True)


class ProjectRevision(models.Model):
    """One approved change: what stood before and after, in words, with the document it rests on. Never changed, never deleted.

    `revision` is the project's own after the change. `before` and `after` map field names to words as people read them.
    """

    SCOPE = ScopeFields("project__unit__path", "project__task_id", "project__implementer_id", "project_id")

    project = models.ForeignKey(Project, models.PROTECT, related_name="revisions", verbose_name="项目")
    revision = models.PositiveIntegerField("修订号")
    kind = models.CharField("调整类型", max_length=10, choices=RevisionKind.choices)
    before = models.JSONField("调整前")
    after = models.JSONField("调整后")
    reason = models.CharField("理由", max_length=500)
    document = models.CharField("批准文件", max_length=120)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="办理人")
    by_name = models.CharField("姓名", max_length=80)
    seat = models.CharField("岗位", max_length=200, blank=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_reason = models.CharField("撤回理由", max_length=200, blank=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "项目调整"
        ordering = ["project_id", "-revision"]
        constraints = [
            models.UniqueConstraint(fields=["project", "revision"], name="project_revision_once"),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(document=""), name="project_revision_approved", violation_error_message="调整须有理由和批准文件。",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawn_reason=""), name="project_revision_withdrawn_why"
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.project} {self.get_kind_display()}"

    def get_absolute_url(self):
        return f"/projects/{self.project_id}/history/"

    @property
    def scope_path(self):
        return self.project.unit.path
