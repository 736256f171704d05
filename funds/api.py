"""The fund nouns of the API: batches, allocations, vouchers, spending (read), and pace/."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from funds.figures import ledger, pacing
from funds.figures.verdict import Basis
from funds.filters import pace_question
from funds.models import Allocation, Batch, Level, ReportedSpending, Voucher
from linkage import periods
from linkage.api import RatioNumberField, ScopedViewSet, Serializer, YuanField
from linkage.filters.ids import IdFilter

_SLUG = {"slug_field": "slug", "read_only": True}


class BatchSerializer(Serializer):
    """Whole amounts only for those who read the whole document; everyone sees his own share."""

    task = serializers.SlugRelatedField(slug_field="code", read_only=True)
    region = serializers.SlugRelatedField(**_SLUG)
    amount_yuan = serializers.SerializerMethodField(help_text="下达金额（元）；只看得到本县部分时为空")
    allocated_yuan = serializers.SerializerMethodField(help_text="已分配（元）；只看得到本县部分时为空")
    share_yuan = YuanField(read_only=True, help_text="本人范围内下达到县的金额（元）")

    class Meta:
        model = Batch
        fields = [
            "id", "level", "task", "fund_year", "document_no", "title", "tracking_code", "region", "amount_yuan", "allocated_yuan",
            "share_yuan", "issued_on", "received_on",
        ]  # fmt: skip

    def get_amount_yuan(self, batch) -> str | None:
        return str(batch.amount_yuan) if batch.is_whole else None

    def get_allocated_yuan(self, batch) -> str | None:
        return str(batch.allocated_yuan) if batch.is_whole else None


class BatchViewSet(ScopedViewSet):
    """资金批次（上级下达文件）。"""

    queryset = Batch.objects.all()
    serializer_class = BatchSerializer
    filterset_fields = ["level", "fund_year", "task__code"]

    def get_queryset(self):
        return ledger.with_own_share(super().get_queryset().with_whole(self.request.user), self.request.user)


class AllocationSerializer(Serializer):
    unit = serializers.SlugRelatedField(source="county_allocation.unit", **_SLUG)
    project = serializers.SlugRelatedField(slug_field="code", read_only=True)
    batch = serializers.IntegerField(source="county_allocation.batch_id", read_only=True)
    level = serializers.CharField(source="county_allocation.batch.level", read_only=True)
    task = serializers.CharField(source="county_allocation.batch.task.code", read_only=True)
    fund_year = serializers.IntegerField(source="county_allocation.batch.fund_year", read_only=True)
    treasury_yuan = YuanField(read_only=True, help_text="财政口径累计支出（元）")
    county_yuan = YuanField(read_only=True, allow_null=True, help_text="周报口径累计支出（元）；尚无上报为空")

    class Meta:
        model = Allocation
        fields = [
            "id", "unit", "project", "batch", "level", "task", "fund_year", "amount_yuan", "decided_on", "document_no", "treasury_yuan",
            "county_yuan",
        ]  # fmt: skip


class AllocationApiFilter(django_filters.FilterSet):
    unit = django_filters.CharFilter("county_allocation__unit__slug", label="填报单位标识")
    level = django_filters.ChoiceFilter(field_name="county_allocation__batch__level", choices=Level.choices, label="资金层级")
    task = django_filters.CharFilter("county_allocation__batch__task__code", label="资金任务代码")
    fund_year = django_filters.NumberFilter("county_allocation__batch__fund_year", label="资金年度")
    project = django_filters.CharFilter("project__code", label="项目编号")

    class Meta:
        model = Allocation
        fields: ClassVar[list[str]] = []


class AllocationViewSet(ScopedViewSet):
    """项目资金及两个口径的累计支出（截至当天；两个口径不相加）。"""

    queryset = Allocation.objects.select_related("county_allocation__unit", "county_allocation__batch__task", "project").order_by("pk")
    serializer_class = AllocationSerializer
    filterset_class = AllocationApiFilter

    def get_queryset(self):
        return ledger.with_paid(super().get_queryset(), periods.today())


class VoucherSerializer(Serializer):
    unit = serializers.SlugRelatedField(**_SLUG)
    project = serializers.SlugRelatedField(slug_field="code", read_only=True)
    flags = serializers.ListField(child=serializers.CharField(), read_only=True, help_text="疑点代码")

    class Meta:
        model = Voucher
        fields = [
            "id", "unit", "project", "allocation", "kind", "nature", "amount_yuan", "paid_on", "known_at", "voucher_no", "application_no",
            "channel", "key_line", "payee_masked", "purpose", "budget_project", "quota_no", "refers_to", "split_from", "is_split", "flags",
            "gone_at",
        ]  # fmt: skip


class VoucherApiFilter(django_filters.FilterSet):
    unit = django_filters.CharFilter("unit__slug", label="填报单位标识")
    project = django_filters.CharFilter("project__code", label="项目编号")
    paid_since = django_filters.DateFilter("paid_on", "gte", label="支付日期不早于")
    paid_until = django_filters.DateFilter("paid_on", "lte", label="支付日期不晚于")
    allocation = IdFilter("allocation_id", label="项目资金")
    standing = django_filters.BooleanFilter(method="only_standing", label="只看有效行（已拆分的看各笔）")
    split_from = IdFilter("split_from_id", label="拆分自")
    refers_to = IdFilter("refers_to_id", label="冲减的凭证")

    class Meta:
        model = Voucher
        fields: ClassVar[list[str]] = ["kind", "nature", "channel"]

    def only_standing(self, rows, name, value):
        standing = Voucher.objects.standing().values("pk")
        return rows.filter(pk__in=standing) if value else rows.exclude(pk__in=standing)


class VoucherViewSet(ScopedViewSet):
    """支付凭证。金额为正数，退款、更正是种类；核拨不计入支出。"""

    queryset = Voucher.objects.select_related("unit", "project").order_by("-paid_on", "-pk")
    serializer_class = VoucherSerializer
    filterset_class = VoucherApiFilter


class SpendingSerializer(Serializer):
    class Meta:
        model = ReportedSpending
        fields = [
            "id", "allocation", "as_of", "paid_to_date_yuan", "known_at", "statement_key", "is_above_allocated", "superseded_by",
            "withdrawn_at", "withdrawn_reason",
        ]  # fmt: skip


class SpendingApiFilter(django_filters.FilterSet):
    unit = django_filters.CharFilter("allocation__county_allocation__unit__slug", label="填报单位标识")
    project = django_filters.CharFilter("allocation__project__code", label="项目编号")
    allocation = IdFilter("allocation_id", label="项目资金")
    live = django_filters.BooleanFilter(method="only_live", label="只看有效")

    class Meta:
        model = ReportedSpending
        fields: ClassVar[list[str]] = ["as_of"]

    def only_live(self, rows, name, value):
        return rows.live() if value else rows


class SpendingViewSet(ScopedViewSet):
    """县级签发的累计支出（周报口径），含被更正和撤回的版本。"""

    queryset = ReportedSpending.objects.order_by("-as_of", "-pk")
    serializer_class = SpendingSerializer
    filterset_class = SpendingApiFilter


class PaceLineSerializer(serializers.Serializer):
    """One line of the pace table; ratios None where nothing is issued or stated."""

    unit = serializers.CharField(source="unit.slug", default=None, help_text="填报单位标识；合计为空")
    level = serializers.SerializerMethodField(help_text="资金层级；headline 为中央＋省级")
    issued_yuan = YuanField(source="amounts.issued_yuan", help_text="下达到县")
    young_yuan = YuanField(help_text="其中新到")
    arranged_yuan = YuanField(source="amounts.arranged_yuan", help_text="已安排到项目")
    treasury_paid_yuan = YuanField(source="amounts.treasury_yuan", help_text="财政口径支出")
    treasury_ratio = RatioNumberField(allow_null=True)
    county_paid_yuan = YuanField(allow_null=True, help_text="周报口径支出")
    county_ratio = RatioNumberField(allow_null=True)
    target_ratio = RatioNumberField(source="target.ratio")
    target_source = serializers.CharField(source="target.words")
    deviation_points = serializers.DecimalField(source="deviation", max_digits=6, decimal_places=1, allow_null=True)
    pace = serializers.CharField(help_text="normal、lag、severe、none、fault")

    def get_level(self, line) -> str:
        return line.level or "headline"


class PaceSerializer(serializers.Serializer):
    year = serializers.IntegerField()
    as_of = serializers.DateField()
    basis = serializers.ChoiceField(choices=Basis.choices, help_text="判定所用口径")
    method = serializers.CharField(help_text="序时算法")
    rules = serializers.CharField(help_text="规则取值与版本")
    total = PaceLineSerializer()
    units = PaceLineSerializer(many=True)
    levels = PaceLineSerializer(many=True)


class PaceViewSet(viewsets.ViewSet):
    """支出进度：本人范围内各单位、各层级，两个口径并列。"""

    allows: ClassVar = {"list": "period.read"}

    @extend_schema(
        parameters=[
            OpenApiParameter("year", OpenApiTypes.INT, description="资金年度，默认为截至日所在年"),
            OpenApiParameter("as_of", OpenApiTypes.DATE, description="截至，默认昨天"),
            OpenApiParameter("basis", OpenApiTypes.STR, enum=Basis.values, description="判定口径，默认按规则"),
        ],
        responses=PaceSerializer,
    )
    def list(self, request):
        table = pacing.pace(sight=pacing.Sight.of(request.user), **_question(request.query_params))
        units = [line for head in table.units_headline for line in (head, *table.levels_of(head.unit))]
        settings = table.settings
        answer = {
            "year": settings.year, "as_of": settings.as_of, "basis": settings.basis, "method": settings.method_words,
            "rules": settings.rule_words, "total": table.total, "units": units, "levels": table.levels,
        }  # fmt: skip
        return Response(PaceSerializer(answer).data)


def _question(query) -> dict:
    """year, as_of, basis; what cannot be read is refused with its name."""
    asked, errors = pace_question(query)
    if errors:
        raise ValidationError(errors)
    return asked


def register(router) -> None:
    """This app's nouns."""
    router.register("batches", BatchViewSet)
    router.register("allocations", AllocationViewSet)
    router.register("vouchers", VoucherViewSet)
    router.register("spending", SpendingViewSet)
    router.register("pace", PaceViewSet, basename="pace")
