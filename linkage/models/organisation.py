"""Organisations, what they are for, and who is responsible for which matter where (features 1.2)."""

from django.db import models
from django.db.models import F, Q

from .region import Region


class Function(models.TextChoices):
    """职能, not 机构: one organisation may hold several."""

    AGRI = "agri", "农业农村"
    ETHNIC = "ethnic", "统战（民宗）"
    FORESTRY = "forestry", "林草"
    FINANCE = "finance", "财政"
    LAND = "land", "自然资源"
    NDRC = "ndrc", "发改"
    HOUSING = "housing", "住建"
    TRANSPORT = "transport", "交通"
    WATER = "water", "水务"
    ECOLOGY = "ecology", "生态环境"
    OFFICE = "office", "专班办公室"
    IMPLEMENTER = "implementer", "项目实施主体"


LEAD_FUNCTIONS = (Function.AGRI, Function.ETHNIC, Function.FORESTRY, Function.FINANCE)


def dated(prefix: str = ""):
    """The condition `until` is empty or not before `since`."""
    return Q(until__isnull=True) | Q(until__gte=F(f"{prefix}since"))


class DatedQuerySet(models.QuerySet):
    def on(self, day):
        """Rows in force on `day` (both ends included)."""
        return self.filter(Q(since__lte=day), Q(until__isnull=True) | Q(until__gte=day))


def in_force(row, day) -> bool:
    """What `DatedQuerySet.on` asks, of a row that has been read."""
    return row.since <= day and (row.until is None or row.until >= day)


class OrganisationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Names of bodies are no secret: everyone who may log in reads them. Who answers for what is the directory's."""
        return self if user.is_authenticated else self.none()


class Organisation(models.Model):
    """A bureau, an office, a company: a body that acts. `region` is where it belongs."""

    name = models.CharField("名称", max_length=120)
    short_name = models.CharField("简称", max_length=40, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="organisations", verbose_name="所属地区")
    is_outside = models.BooleanField("系统外单位", default=False, help_text="省、国家或森工集团等，时间不计入本地")
    is_active = models.BooleanField("启用", default=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering = ["region__display_order", "pk"]
        constraints = [models.UniqueConstraint(fields=["region", "name"], name="organisation_name_unique")]

    def __str__(self):
        return self.short_name or self.name


class OrganisationFunction(models.Model):
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="functions", verbose_name="单位")
    function = models.CharField("职能", max_length=12, choices=Function.choices)
    since = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位职能"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "function", "since"], name="organisation_function_unique"),
            models.CheckConstraint(condition=dated(), name="organisation_function_dates"),
        ]

    def __str__(self):
        return self.get_function_display()


class MatterPhase(models.TextChoices):
    """The three phases the document names for “一对一” (二(一))."""

    PREPARATION = "preparation", "前期手续"
    CONSTRUCTION = "construction", "建设实施"
    PAYMENT = "payment", "资金拨付"


class Matter(models.Model):
    """A matter somebody must handle: each 前期手续, 建设实施, 资金拨付 (features 1.2, 1.4)."""

    code = models.SlugField("代码", max_length=40, unique=True)
    name = models.CharField("事项", max_length=60)
    phase = models.CharField("阶段", max_length=12, choices=MatterPhase.choices, default=MatterPhase.PREPARATION)
    function = models.CharField("通常由何职能办理", max_length=12, choices=Function.choices)
    display_order = models.PositiveIntegerField("排列顺序", default=0)
    is_active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "事项"
        ordering = ["display_order", "pk"]

    def __str__(self):
        return self.name


class Responsibility(models.Model):
    """承办单位 of one matter in one region, dated.

    `organisation` empty means "本地无此机构", which is an answer (say in `note` who is asked instead), not a gap;
    no row at all is the gap.
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="responsibilities", verbose_name="地区")
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="responsibilities", verbose_name="事项")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, verbose_name="承办单位")
    note = models.CharField("说明", max_length=200, blank=True)
    since = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "承办单位"
        constraints = [
            models.UniqueConstraint(fields=["region", "matter", "since"], name="responsibility_unique"),
            models.CheckConstraint(condition=dated(), name="responsibility_dates"),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) | ~Q(note=""),
                name="responsibility_absence_explained",
                violation_error_message="本地无此机构时，请写明由谁办理。",
            ),
        ]

    def __str__(self):
        return f"{self.region}·{self.matter}"
