"""Regions: the tree every scope rests on (features 1.1)."""

from __future__ import annotations

from django.db import models


class RegionKind(models.TextChoices):
    PROVINCE = "province", "省"
    PREFECTURE = "prefecture", "地区（市、州）"
    OWN = "own", "地区本级"
    COUNTY = "county", "县（市、区）"
    TOWNSHIP = "township", "乡镇"


class RegionQuerySet(models.QuerySet):
    def reporting(self):
        """Regions that hand in a weekly report, in the fixed display order."""
        return self.filter(is_reporting=True, is_active=True).order_by("display_order")

    def visible_to(self, user):
        """Names of regions are no secret: everyone who may log in reads the tree."""
        return self if user.is_authenticated else self.none()


class Region(models.Model):
    """One node of the tree.

    `path` is the chain of slugs from the province down, each followed by "/"; a seat on a region covers every
    region whose path starts with its own. The prefecture's own projects (地区本级, 国有林场) are a node below
    the prefecture, so that one rule of scope serves all (docs/adr/0004).
    """

    slug = models.SlugField("标识", max_length=40, unique=True)
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("级别", max_length=12, choices=RegionKind.choices)
    group = models.CharField("分组", max_length=20, blank=True, help_text="县市、区、本级：通报分组用")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级")
    path = models.CharField("路径", max_length=240, unique=True, editable=False)
    display_order = models.PositiveIntegerField("排列顺序", default=0)
    code_prefix = models.CharField("编号前缀", max_length=6, blank=True, help_text="项目、问题编号用的字母，如 HM")
    is_reporting = models.BooleanField("填报周调度", default=False)
    is_active = models.BooleanField("启用", default=True)

    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "地区"
        ordering = ["display_order", "pk"]
        constraints = [
            models.CheckConstraint(
                name="region_reporting_kind",
                condition=models.Q(is_reporting=False) | models.Q(kind__in=[RegionKind.COUNTY, RegionKind.OWN]),
                violation_error_message="只有县（市、区）和地区本级填报周调度。",
            )
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.path = f"{self.parent.path if self.parent else ''}{self.slug}/"
        super().save(*args, **kwargs)

    @property
    def scope_path(self) -> str:
        return self.path

    def covers(self, other: Region) -> bool:
        """Is `other` this region or below it?"""
        return other.path.startswith(self.path)


class RegionAlias(models.Model):
    """Another name or code under which outside tables know a region (three official code sets conflict)."""

    region = models.ForeignKey(Region, models.CASCADE, related_name="aliases", verbose_name="地区")
    name = models.CharField("别名或代码", max_length=60)
    code_system = models.CharField("代码体系", max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "地区别名"
        constraints = [models.UniqueConstraint(fields=["name", "code_system"], name="region_alias_unique")]

    def __str__(self):
        return self.name
