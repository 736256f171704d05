"""`/api/v1/contracts/`: contracts in sight with rounds, terms, changes, and the shares of projects in sight; read-only."""

from __future__ import annotations

from django.db.models import Prefetch
from rest_framework import serializers

from linkage.api import ScopedViewSet, Serializer, YuanField
from projects.filters.contract import ContractFilter
from projects.models import Contract, ContractChange, ContractShare, PaymentTerm, TenderRound


class ShareSerializer(Serializer):
    project_code = serializers.CharField(source="project.code", read_only=True)

    class Meta:
        model = ContractShare
        fields = ["project", "project_code", "share_yuan"]


class RoundSerializer(Serializer):
    class Meta:
        model = TenderRound
        fields = ["number", "method", "announced_on", "result", "result_on", "reason", "document"]


class TermSerializer(Serializer):
    class Meta:
        model = PaymentTerm
        fields = ["number", "kind", "ratio", "condition"]


class ChangeSerializer(Serializer):
    class Meta:
        model = ContractChange
        fields = ["number", "amount_yuan", "finish_before_on", "finish_on", "reason", "document", "decided_on"]


class ContractSerializer(Serializer):
    unit = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    shares = ShareSerializer(source="seen_shares", many=True, read_only=True)
    rounds = RoundSerializer(many=True, read_only=True)
    terms = TermSerializer(many=True, read_only=True)
    changes = ChangeSerializer(many=True, read_only=True)
    tender_saving_yuan = YuanField(read_only=True, help_text="控制价 − 中标价")
    settlement_saving_yuan = YuanField(read_only=True, help_text="合同价 − 结算审定价")

    class Meta:
        model = Contract
        fields = [
            "id", "code", "number", "name", "unit", "kind", "method", "state", "agency", "contractor", "control_price_yuan", "bid_price_yuan",
            "changed_yuan", "price_yuan", "tender_saving_yuan", "awarded_on", "signed_on", "start_on", "finish_on", "settled_yuan", "settled_on",
            "settlement_saving_yuan", "final_yuan", "final_on", "shares", "rounds", "terms", "changes", "revision", "updated_at",
        ]  # fmt: skip


class ContractViewSet(ScopedViewSet):
    """合同台账：招标轮次、付款条款、变更、结算；份额只列看得到的项目。"""

    queryset = Contract.objects.select_related("unit").prefetch_related("rounds", "terms", "changes").order_by("unit__display_order", "-pk")
    serializer_class = ContractSerializer
    filterset_class = ContractFilter

    def get_queryset(self):
        rows = super().get_queryset()
        seen = ContractShare.objects.visible_to(self.request.user) if self.request else ContractShare.objects.none()
        return rows.prefetch_related(Prefetch("shares", seen.select_related("project"), to_attr="seen_shares"))


def register(router) -> None:
    router.register("contracts", ContractViewSet)
