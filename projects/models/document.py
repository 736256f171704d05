"""Documents and photographs of projects and of what belongs to them (features 2.2, 2.3, 2.4, 2.8–2.10, 8.7)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from linkage.models import DictionaryEntry, Upload

from .asset import Asset
from .contract import Contract, ContractShare
from .plan import AnnualPlan
from .procedure import Procedure
from .project import Project
from .publicity import PublicNotice
from .revision import ProjectRevision

# What a file can belong to; each is a column of the table, and exactly one of them is set.
DOCUMENT_OWNERS = ("project", "procedure", "contract", "plan", "asset", "notice", "adjustment")


def _exactly_one(names: tuple[str, ...]) -> Q:
    condition = Q()
    for chosen in names:
        condition |= Q(**{f"{name}__isnull": name != chosen for name in names})
    return condition


class DocumentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A file is in sight with what it belongs to, in no other way."""
        condition = Q(pk__in=[])
        for name in DOCUMENT_OWNERS:
            rows = ProjectDocument._meta.get_field(name).related_model._default_manager.visible_to(user)
            condition |= Q(**{f"{name}__in": rows.order_by().values("pk")})
        return self.filter(condition)

    def standing(self):
        return self.filter(withdrawn_at__isnull=True)

    def of(self, owner: models.Model):
        """Those of one owner alone."""
        return self.filter(**{owner_name(owner): owner.pk})

    def about(self, project: Project):
        """Those of the project and of everything that belongs to it: its procedures, contracts, assets, publications, adjustments."""
        served = ContractShare.objects.filter(project=project).values("contract_id")
        below = Q(procedure__project=project) | Q(asset__project=project) | Q(notice__project=project) | Q(adjustment__project=project)
        return self.filter(Q(project=project) | Q(contract__in=served) | below)

    def with_owners(self):
        """With everything that the words and links of the owners need. No further query."""
        below = ("procedure__kind", "procedure__project", "contract", "plan__unit", "asset__project", "notice__project", "adjustment__project")
        return self.select_related("upload__region", "kind", "project", *below)


class ProjectDocument(models.Model):
    """One file of one owner. Withdrawn with a reason, never lost; handed out to whoever sees the owner.

    The reporting unit is the upload's region: for lists alone, it decides nothing about sight.
    """

    project = models.ForeignKey(Project, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name="项目")
    procedure = models.ForeignKey(Procedure, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name="手续")
    contract = models.ForeignKey(Contract, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name="合同")
    plan = models.ForeignKey(AnnualPlan, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name="年度计划")
    asset = models.ForeignKey(Asset, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name="资产")
    notice = models.ForeignKey(PublicNotice, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name="公示公告")
    adjustment = models.ForeignKey(ProjectRevision, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name="批准的调整")
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
        verbose_name = verbose_name_plural = "资料"
        ordering = ["-added_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=_exactly_one(DOCUMENT_OWNERS), name="document_one_owner", violation_error_message="一份资料只属于一个对象。",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_reason="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason=""),
                name="document_withdrawn_why", violation_error_message="撤回资料须写明理由。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.title

    @property
    def is_picture(self) -> bool:
        return self.upload.content_type.startswith("image/")

    @property
    def owner_name(self) -> str:
        """The column that is set."""
        return next(name for name in DOCUMENT_OWNERS if getattr(self, f"{name}_id"))

    @property
    def owner(self) -> Any:
        return getattr(self, self.owner_name)

    @property
    def owner_words(self) -> str:
        """手续 可研批复: what kind of thing it belongs to, and which."""
        kind, owner = self._meta.get_field(self.owner_name).verbose_name, self.owner
        which = {"procedure": lambda: owner.kind.name, "notice": lambda: owner.get_kind_display(), "adjustment": lambda: owner.get_kind_display()}
        return f"{kind} {which.get(self.owner_name, lambda: str(owner))()}"

    @property
    def owner_url(self) -> str:
        """Where the owner is read together with its files."""
        return self.owner.get_absolute_url() + ("documents/" if self.owner_name == "project" else "")

    @property
    def about_project(self) -> Project | None:
        """The one project it tells about; None for a contract, which may serve several, and for a plan."""
        return self.project or getattr(self.owner, "project", None)


def owner_name(owner: models.Model) -> str:
    """The column for an owner. Raises KeyError for what no file belongs to."""
    columns = {ProjectDocument._meta.get_field(name).related_model: name for name in DOCUMENT_OWNERS}
    return columns[type(owner)]
