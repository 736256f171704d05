"""Editable word lists: project categories, steps, causes (features: numbers and words from practice are data)."""

from django.db import models


class DictionaryKind(models.TextChoices):
    CATEGORY = "category", "项目类别"
    NATURE = "nature", "建设性质"
    STEP = "step", "当前环节"
    CAUSE = "cause", "问题原因"
    DOCUMENT = "document", "资料种类"


class DictionaryQuerySet(models.QuerySet):
    def of(self, kind):
        return self.filter(kind=kind, is_active=True)


class DictionaryEntry(models.Model):
    """One word of one list; `is_verified` false shows 待核对."""

    kind = models.CharField("词表", max_length=12, choices=DictionaryKind.choices)
    code = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=80)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级")
    display_order = models.PositiveIntegerField("排列顺序", default=0)
    is_active = models.BooleanField("启用", default=True)
    is_verified = models.BooleanField("已核对", default=False)
    note = models.CharField("说明", max_length=200, blank=True)

    objects = DictionaryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "词条"
        ordering = ["kind", "display_order", "pk"]
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="dictionary_code_unique")]

    def __str__(self):
        return self.name
