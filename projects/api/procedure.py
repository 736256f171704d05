"""`/api/v1/procedures/`: procedures in sight; steps, confirmation and dispute go through the same actions as the pages."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from linkage.api import ScopedViewSet, Serializer
from linkage.models import Organisation
from projects.actions import procedure as acts
from projects.actions.handover import hand_over
from projects.filters.procedure import ProcedureFilter
from projects.models import Procedure
from projects.states import procedures as states


class ProcedureSerializer(Serializer):
    project_code = serializers.CharField(source="project.code", read_only=True)
    unit = serializers.CharField(source="project.unit.slug", read_only=True)
    kind = serializers.SlugRelatedField(slug_field="code", read_only=True)
    kind_name = serializers.CharField(source="kind.name", read_only=True)
    matter = serializers.CharField(source="kind.matter.code", read_only=True)
    handler_name = serializers.CharField(source="handler.name", read_only=True, default="")
    is_outside = serializers.BooleanField(read_only=True, help_text="承办单位是系统外单位")

    class Meta:
        model = Procedure
        fields = [
            "id", "project", "project_code", "unit", "kind", "kind_name", "matter", "handler", "handler_name", "handler_note", "is_outside", "state",
            "is_applicable", "applied_on", "accepted_on", "ended_on", "document_no", "exemption", "legal_days", "promised_days", "legal_due_on",
            "promised_due_on", "department_days", "applicant_days", "outside_days", "corrections", "is_green", "confirmation", "revision",
        ]  # fmt: skip


class StepSerializer(serializers.Serializer):
    transition = serializers.ChoiceField([(name, move.label) for name, move in states.TRANSITIONS.items()])
    on = serializers.DateField(help_text="实际发生之日")
    document = serializers.CharField(max_length=120, required=False, allow_blank=True, default="", help_text="文号，准予时必填")
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    revision = serializers.IntegerField(min_value=0)


class ConfirmSerializer(serializers.Serializer):
    revision = serializers.IntegerField(min_value=0)


class HandOverSerializer(ConfirmSerializer):
    to = serializers.PrimaryKeyRelatedField(queryset=Organisation.objects.select_related("region"), help_text="接手单位")
    on = serializers.DateField(help_text="转交日期")
    reason = serializers.CharField(max_length=300)


class DisputeSerializer(ConfirmSerializer):
    reason = serializers.CharField(max_length=300)


class ProcedureApiFilter(ProcedureFilter):
    """The desk's filters; without `state` all rows."""

    preset = "all"


class ProcedureViewSet(ScopedViewSet):
    """前期手续。办理步骤带上所见的 revision；其间有人改动则 409。县里代部门记录的为代录，须承办单位确认。"""

    queryset = Procedure.objects.select_related("project__unit", "kind__matter", "handler").order_by("project_id", "kind__display_order", "pk")
    serializer_class = ProcedureSerializer
    filterset_class = ProcedureApiFilter
    # Who may act follows from the 承办单位, which the action knows: everybody in whose sight the row lies may ask.
    allows: ClassVar = {"list": None, "retrieve": None, "steps": None, "confirm": None, "dispute": None, "hand_over": None}

    def _do(self, request, serializer_class, act):
        procedure = self.get_object()
        given = serializer_class(data=request.data)
        given.is_valid(raise_exception=True)
        act(procedure=procedure, by=request.user, **given.validated_data)
        return Response(ProcedureSerializer(self.get_queryset().get(pk=procedure.pk)).data)

    @extend_schema(request=StepSerializer, responses=ProcedureSerializer, summary="记录一个办理步骤")
    @action(methods=["post"], detail=True)
    def steps(self, request, pk=None):
        def record(*, transition, **given):
            return acts.record_step(transition=states.TRANSITIONS[transition], **given)

        return self._do(request, StepSerializer, record)

    @extend_schema(request=ConfirmSerializer, responses=ProcedureSerializer, summary="确认县级代录")
    @action(methods=["post"], detail=True)
    def confirm(self, request, pk=None):
        return self._do(request, ConfirmSerializer, acts.confirm_records)

    @extend_schema(request=DisputeSerializer, responses=ProcedureSerializer, summary="对县级代录提出异议")
    @action(methods=["post"], detail=True)
    def dispute(self, request, pk=None):
        return self._do(request, DisputeSerializer, acts.dispute_record)

    @extend_schema(request=HandOverSerializer, responses=ProcedureSerializer, summary="转交承办单位")
    @action(methods=["post"], detail=True, url_path="hand-over")
    def hand_over(self, request, pk=None):
        return self._do(request, HandOverSerializer, hand_over)


def register(router) -> None:
    router.register("procedures", ProcedureViewSet)
