"""`/api/v1/help-requests/`: 提请协调 in sight; raising and the moves go through the same actions as the pages."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from linkage.api import ScopedViewSet, Serializer
from linkage.models import Matter, Organisation
from projects.actions import help_request as acts
from projects.figures.help_requests import JOINS
from projects.filters.help_request import ALL, HelpRequestFilter
from projects.models import HelpRequest, Procedure, Project
from projects.states import help_requests as states


class HelpRequestSerializer(Serializer):
    unit = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    project_code = serializers.CharField(source="project.code", read_only=True, default=None)
    matter = serializers.SlugRelatedField(slug_field="code", read_only=True)
    asker_name = serializers.CharField(source="asker_words", read_only=True)
    holder_name = serializers.CharField(source="holder_words", read_only=True)
    signed_by_name = serializers.CharField(source="signed_by.name", read_only=True, default="")
    answered_by_name = serializers.CharField(source="answered_by.name", read_only=True, default="")

    class Meta:
        model = HelpRequest
        fields = [
            "id", "code", "unit", "project", "project_code", "procedure", "matter", "text", "origin", "origin_label", "is_by_phone", "caller", "asker_name",
            "raised_at", "tier", "holder", "holder_name", "contact_name", "state", "sign_due_at", "answer_due_at", "signed_by_name", "signed_at",
            "answered_by_name", "answered_at", "closed_at", "rounds", "transfers", "escalations", "is_back_and_forth", "revision",
        ]  # fmt: skip


class HelpRaiseSerializer(serializers.Serializer):
    project = serializers.PrimaryKeyRelatedField(queryset=Project.objects.none(), required=False, allow_null=True, default=None)
    procedure = serializers.PrimaryKeyRelatedField(queryset=Procedure.objects.none(), required=False, allow_null=True, default=None)
    matter = serializers.SlugRelatedField(
        slug_field="code", queryset=Matter.objects.filter(is_active=True), required=False, allow_null=True, default=None, help_text="不填则按内容判断"
    )
    text = serializers.CharField(max_length=2000)
    caller = serializers.CharField(max_length=80, required=False, default="", help_text="填写即为代登记电话")

    def get_fields(self):
        """Only rows in the caller's sight can be named."""
        fields = super().get_fields()
        request = self.context.get("request")
        if request is not None:
            fields["project"].queryset = Project.objects.visible_to(request.user).select_related("unit__parent", "task")
            fields["procedure"].queryset = Procedure.objects.visible_to(request.user).select_related("project__unit__parent", "kind__matter")
        return fields


class RevisionSerializer(serializers.Serializer):
    revision = serializers.IntegerField(min_value=0)


class ReasonSerializer(RevisionSerializer):
    reason = serializers.CharField(max_length=2000)


class MaybeReasonSerializer(RevisionSerializer):
    reason = serializers.CharField(max_length=2000, required=False, default="")


class ForwardSerializer(ReasonSerializer):
    to = serializers.PrimaryKeyRelatedField(queryset=Organisation.objects.all(), allow_null=True, help_text="空：报地区专班办公室指定")


class EscalateSerializer(MaybeReasonSerializer):
    to = serializers.PrimaryKeyRelatedField(
        queryset=Organisation.objects.all(), required=False, allow_null=True, default=None, help_text="空：上一级专班办公室"
    )


class HelpRequestApiFilter(HelpRequestFilter):
    preset = ALL


class HelpRequestViewSet(ScopedViewSet):
    """提请协调。各步骤带上所见的 revision；其间有人办过则 409，并说明由谁办的。"""

    queryset = HelpRequest.objects.select_related(*JOINS).order_by("-pk")
    serializer_class = HelpRequestSerializer
    filterset_class = HelpRequestApiFilter
    # Who may act follows from who asked and who is asked, which the action knows: everybody in whose sight the row lies may ask.
    allows: ClassVar = {
        "list": None, "retrieve": None, "create": states.RAISE, "sign": None, "answer": None, "forward": None, "confirm": None, "reject": None,
        "escalate": None, "withdraw": None,
    }  # fmt: skip

    @extend_schema(request=HelpRaiseSerializer, responses={201: HelpRequestSerializer}, summary="提请协调")
    def create(self, request):
        given = HelpRaiseSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        row = acts.raise_request(by=request.user, **given.validated_data)
        return Response(HelpRequestSerializer(row).data, status.HTTP_201_CREATED)

    def _do(self, request, serializer_class, act):
        row = self.get_object()
        given = serializer_class(data=request.data)
        given.is_valid(raise_exception=True)
        act(request=row, by=request.user, **given.validated_data)
        return Response(HelpRequestSerializer(HelpRequest.objects.select_related(*JOINS).get(pk=row.pk)).data)

    @extend_schema(request=RevisionSerializer, responses=HelpRequestSerializer, summary="签收")
    @action(methods=["post"], detail=True)
    def sign(self, request, pk=None):
        return self._do(request, RevisionSerializer, acts.sign)

    @extend_schema(request=ReasonSerializer, responses=HelpRequestSerializer, summary="办复")
    @action(methods=["post"], detail=True)
    def answer(self, request, pk=None):
        return self._do(request, ReasonSerializer, acts.reply)

    @extend_schema(request=ForwardSerializer, responses=HelpRequestSerializer, summary="转办")
    @action(methods=["post"], detail=True)
    def forward(self, request, pk=None):
        return self._do(request, ForwardSerializer, acts.forward)

    @extend_schema(request=MaybeReasonSerializer, responses=HelpRequestSerializer, summary="确认解决")
    @action(methods=["post"], detail=True)
    def confirm(self, request, pk=None):
        return self._do(request, MaybeReasonSerializer, acts.confirm)

    @extend_schema(request=ReasonSerializer, responses=HelpRequestSerializer, summary="退回再办")
    @action(methods=["post"], detail=True)
    def reject(self, request, pk=None):
        return self._do(request, ReasonSerializer, acts.reject)

    @extend_schema(request=EscalateSerializer, responses=HelpRequestSerializer, summary="升级")
    @action(methods=["post"], detail=True)
    def escalate(self, request, pk=None):
        return self._do(request, EscalateSerializer, acts.escalate)

    @extend_schema(request=ReasonSerializer, responses=HelpRequestSerializer, summary="撤回")
    @action(methods=["post"], detail=True)
    def withdraw(self, request, pk=None):
        return self._do(request, ReasonSerializer, acts.withdraw)


def register(router) -> None:
    router.register("help-requests", HelpRequestViewSet)
