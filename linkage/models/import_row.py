"""Rows of an uploaded sheet between reading and applying (design §3: staging)."""

from django.conf import settings
from django.db import models

from .job import Job
from .region import Region


class RowVerdict(models.TextChoices):
    NEW = "new", "新增"
    CHANGED = "changed", "变更"
    UNCHANGED = "unchanged", "无变化"
    ERROR = "error", "须改正"
    SUSPECT = "suspect", "疑似重复"
    CONFLICT = "conflict", "同号不同内容"
    GONE = "gone", "来源中已不见"
    SKIPPED = "skipped", "不是项目"


# Written only when the person wants it, row by row.
DECIDED = (RowVerdict.SUSPECT, RowVerdict.CONFLICT, RowVerdict.GONE)


class ImportRowQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(job__created_by=user) if user.is_authenticated else self.none()

    def doubtful(self):
        """Rows to be written or left alone of which something asks to be looked at (an approximate amount, a body not in the directory)."""
        return self.exclude(doubts=[]).exclude(verdict=RowVerdict.SKIPPED)


class ImportRow(models.Model):
    """One row of the sheet: what was read, what would become of it, and what is wrong with it."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="rows", verbose_name="导入")
    sheet = models.CharField("工作表", max_length=31, blank=True)
    number = models.PositiveIntegerField("行号")
    label = models.CharField("名称", max_length=120, blank=True)
    verdict = models.CharField("结论", max_length=10, choices=RowVerdict.choices)
    raw = models.JSONField("读到的值", default=dict)
    values = models.JSONField("将写入的值", default=dict)
    differences = models.JSONField("变更", default=list)
    problems = models.JSONField("问题", default=list)
    doubts = models.JSONField("请核对", default=list)
    assumed = models.JSONField("表中没有、按约定填的栏目", default=list)
    wanted = models.BooleanField("须由人定的，要写入", default=False)

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导入行"
        ordering = ["sheet", "number"]
        constraints = [models.UniqueConstraint(fields=["job", "sheet", "number"], name="import_row_once")]
        indexes = [models.Index(fields=["job", "verdict"], name="import_row_verdict")]

    def __str__(self):
        return f"第{self.number}行 {self.label}".strip()

    @property
    def place(self) -> str:
        """ "12", or "乡镇表 12" where the file has several sheets."""
        return f"{self.sheet} {self.number}".strip()

    @property
    def is_written(self) -> bool:
        """Would a confirmation write this row, or has it done so?"""
        return self.verdict in (RowVerdict.NEW, RowVerdict.CHANGED) or (self.verdict in DECIDED and self.wanted)


class ImportProfile(models.Model):
    """How one person reads tables with a certain header: proposed again for the next file with that header.

    `columns`: heading or letter → [field, unit]; `answers` what was said once for the whole file and holds for the next.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="import_profiles", verbose_name="用户")
    region = models.ForeignKey(Region, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="填报单位")
    kind = models.CharField("导入表", max_length=40)
    signature = models.CharField("表头", max_length=64)
    columns = models.JSONField("各列", default=dict)
    unit_word = models.CharField("金额单位", max_length=6, blank=True)
    answers = models.JSONField("约定", default=dict)
    saved_at = models.DateTimeField("保存时间")

    class Meta:
        verbose_name = verbose_name_plural = "导入对应方式"
        ordering = ["-saved_at"]
        constraints = [models.UniqueConstraint(fields=["owner", "kind", "signature"], name="import_profile_once")]

    def __str__(self):
        return f"{self.owner}·{self.kind}"


class ImportTrace(models.Model):
    """What an import wrote, so that it can be taken back: ids made, and for each id changed its revision then and former values."""

    job = models.OneToOneField(Job, models.CASCADE, related_name="trace", verbose_name="导入")
    created = models.JSONField("新增", default=list)
    changed = models.JSONField("变更", default=dict)
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "导入痕迹"

    def __str__(self):
        return str(self.job)
