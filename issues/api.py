"""`/api/v1/issues/`: the ledger in sight; raising and the moves go through the same actions as the pages."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from issues import states
from issues.actions import ledger
from issues.filters import IssueFilter
from issues.models import Issue, Origin, Severity
from linkage.api import ScopedViewSet, Serializer
from linkage.models import Region
from projects.models import Project


class IssueSerializer(Serializer):
    unit = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    task = serializers.SlugRelatedField(slug_field="code", read_only=True)
    cause = serializers.SlugRelatedField(slug_field="code", read_only=True)
    project_code = serializers.CharField(source="project.code", read_only=True, default=None)
    lead_name = serializers.CharField(source="lead.name", read_only=True, default="")

    class Meta:
        model = Issue
        fields = [
            "id", "code", "title", "description", "unit", "project", "project_code", "task", "origin", "origin_label", "cause", "lead",
            "lead_name", "severity", "measures", "responsible", "raised_on", "due_on", "state", "revision", "closed_at", "created_at",
        ]  # fmt: skip


class RaiseSerializer(serializers.Serializer):
    unit = serializers.SlugRelatedField(slug_field="slug", queryset=Region.objects.reporting())
    title = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=2000, required=False, default="")
    project = serializers.PrimaryKeyRelatedField(queryset=Project.objects.none(), required=False, allow_null=True, default=None)
    origin = serializers.ChoiceField(Origin.choices, default=Origin.OTHER)
    origin_label = serializers.CharField(max_length=120, required=False, default="")
    severity = serializers.ChoiceField(Severity.choices, default=Severity.MINOR)
    due_on = serializers.DateField(required=False, allow_null=True, default=None)

    def get_fields(self):
        """Only projects in the caller's sight can be named; others are unknown here as everywhere."""
        fields = super().get_fields()
        request = self.context.get("request")
        if request is not None:
            fields["project"].queryset = Project.objects.visible_to(request.user).select_related("task")
        return fields


class RevisionSerializer(serializers.Serializer):
    revision = serializers.IntegerField(min_value=0)


class AcceptSerializer(RevisionSerializer):
    measures = serializers.CharField(max_length=2000)
    responsible = serializers.CharField(max_length=40)


class ClosureSerializer(RevisionSerializer):
    result = serializers.CharField(max_length=2000)


class CloseSerializer(RevisionSerializer):
    opinion = serializers.CharField(max_length=2000, required=False, default="")


class ReturnSerializer(RevisionSerializer):
    reason = serializers.CharField(max_length=2000)


class NoteSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=2000)


class IssueViewSet(ScopedViewSet):
    """整改台账。状态变更带上所见的 revision；其间有人改动则 409。"""

    queryset = Issue.objects.select_related("unit", "task", "cause", "project", "lead").order_by("due_on", "pk")
    serializer_class = IssueSerializer
    filterset_class = IssueFilter
    allows: ClassVar = {
        "list": None, "retrieve": None, "create": states.RAISE, "accept": states.RECTIFY, "request_closure": states.RECTIFY,
        "close": states.CLOSE_RIGHT, "return_issue": states.CLOSE_RIGHT, "notes": states.NOTE,
    }  # fmt: skip

    @extend_schema(request=RaiseSerializer, responses={201: IssueSerializer}, summary="登记问题")
    def create(self, request):
        given = RaiseSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        issue = ledger.raise_issue(by=request.user, **given.validated_data)
        return Response(IssueSerializer(issue).data, status.HTTP_201_CREATED)

    def _do(self, request, serializer_class, act):
        issue = self.get_object()
        given = serializer_class(data=request.data)
        given.is_valid(raise_exception=True)
        act(issue=issue, by=request.user, **given.validated_data)
        return Response(IssueSerializer(self.get_queryset().get(pk=issue.pk)).data)

    @extend_schema(request=AcceptSerializer, responses=IssueSerializer, summary="签收")
    @action(methods=["post"], detail=True)
    def accept(self, request, pk=None):
        return self._do(request, AcceptSerializer, ledger.accept)

    @extend_schema(request=ClosureSerializer, responses=IssueSerializer, summary="申请销号")
    @action(methods=["post"], detail=True, url_path="request-closure")
    def request_closure(self, request, pk=None):
        return self._do(request, ClosureSerializer, ledger.request_closure)

    @extend_schema(request=CloseSerializer, responses=IssueSerializer, summary="销号")
    @action(methods=["post"], detail=True)
    def close(self, request, pk=None):
        return self._do(request, CloseSerializer, ledger.close)

    @extend_schema(request=ReturnSerializer, responses=IssueSerializer, summary="退回整改")
    @action(methods=["post"], detail=True, url_path="return")
    def return_issue(self, request, pk=None):
        return self._do(request, ReturnSerializer, ledger.return_)

    @extend_schema(request=NoteSerializer, responses=IssueSerializer, summary="填写整改进展")
    @action(methods=["post"], detail=True)
    def notes(self, request, pk=None):
        return self._do(request, NoteSerializer, ledger.add_note)


def register(router) -> None:
    router.register("issues", IssueViewSet)
