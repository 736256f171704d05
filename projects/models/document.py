"""Documents and photographs of a project (features 2.2, 2.8, 8.7)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from linkage.access import ScopeFields, scope
from linkage.models import DictionaryEntry, Upload

from .project import Project


class DocumentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope(user, ProjectDocument.SCOPE))

    def standing(self):
        return self.filter(withdrawn_at__isnull=True)


class ProjectDocument(models.Model):
    """One file of a project. Withdrawn with a reason, never lost; the file is handed out through the project's scope alone."""

    SCOPE = ScopeFields("project__unit__path", "project__task_id", "project__implementer_id", "project_id")

    project = models.ForeignKey(Project, models.PROTECT, related_name="documents", verbose_name="项目")
    upload = models.OneToOneField(Upload, models.PROTECT, related_name="+", verbose_name="文件")
    kind = models.ForeignKey(DictionaryEntry, models.PROTECT, related_name="+", verbose_name="资料种类")
    title = models.CharField("名称", max_length=120)
    document_no = models.CharField("文号", max_length=120, blank=True)
    dated_on = models.DateField("日期", null=True, blank=True, help_text="文件日期或拍摄日期")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人")
    added_at = models.DateTimeField("上传时间")
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤回人")
    withdrawn_reason = models.CharField("撤回理由", max_length=200, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "项目资料"
        ordering = ["project_id", "-added_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_reason="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason=""),
                name="document_withdrawn_why", violation_error_message="撤回资料须写明理由。",
            )
        ]  # fmt: skip

    def __str__(self):
        return self.title

    @property
    def is_picture(self) -> bool:
        return self.upload.content_type.startswith("image/")
