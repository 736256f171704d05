"""The ground of the API and its own nouns (features 12.4).

Apps build on `ScopedViewSet` and `Serializer`: rows through `visible_to`, money as decimal strings in 元 (`*_yuan`), ratios
as decimal strings 0..1, and writes through the same actions as the pages.
"""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.db.models import Prefetch
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from linkage import money, periods
from linkage.actions import inbox
from linkage.models import Notification, Organisation, OrganisationFunction, Region


class TokenScheme(OpenApiAuthenticationExtension):
    """How the token is described in the schema."""

    target_class = "linkage.api_defaults.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token <令牌>（系统管理员发给接口账号）"}


class YuanField(serializers.DecimalField):
    """元 with two decimals as a string: "1825000.00"."""

    def __init__(self, **kwargs):
        super().__init__(**({"max_digits": 17, "decimal_places": 2, "coerce_to_string": True} | kwargs))


class RatioNumberField(serializers.DecimalField):
    """A share as a string, four decimals, 1 is the whole: "0.7421"."""

    def __init__(self, **kwargs):
        super().__init__(**({"max_digits": 9, "decimal_places": 4, "coerce_to_string": True} | kwargs))


class Serializer(serializers.ModelSerializer):
    """A ModelSerializer that knows our money and ratio columns."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        money.MoneyField: YuanField,
        money.RatioField: RatioNumberField,
    }


class ScopedViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """List and detail of the rows in the caller's sight; what is out of sight is a 404.

    Subclasses set `queryset` (ordered, joins included), `serializer_class`, perhaps `filterset_fields`. To write, add a
    mixin or an `@action`, call an action of the app, and name the permission in `allows`.
    """

    allows: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None}

    def get_queryset(self):
        rows = super().get_queryset()
        return rows.none() if getattr(self, "swagger_fake_view", False) else rows.visible_to(self.request.user)


class RegionSerializer(Serializer):
    parent = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = Region
        fields = ["id", "slug", "name", "kind", "group", "parent", "path", "display_order", "is_reporting", "is_active"]


class RegionViewSet(ScopedViewSet):
    """地区树：省、地区、县（市、区）与地区本级、乡镇。"""

    queryset = Region.objects.select_related("parent").order_by("display_order", "pk")
    serializer_class = RegionSerializer
    filterset_fields = ["kind", "is_reporting", "is_active"]
    lookup_field = "slug"


class OrganisationSerializer(Serializer):
    region = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    functions = serializers.SerializerMethodField(help_text="现行职能代码")

    class Meta:
        model = Organisation
        fields = ["id", "name", "short_name", "region", "functions", "is_outside", "is_active"]

    def get_functions(self, organisation) -> list[str]:
        return sorted({row.function for row in organisation.current_functions})


class OrganisationFilter(django_filters.FilterSet):
    region = django_filters.CharFilter("region__slug", label="地区标识")

    class Meta:
        model = Organisation
        fields = ["region", "is_outside", "is_active"]


class OrganisationViewSet(ScopedViewSet):
    """单位及其现行职能。"""

    queryset = Organisation.objects.select_related("region").order_by("region__display_order", "pk")
    serializer_class = OrganisationSerializer
    filterset_class = OrganisationFilter
    allows: ClassVar = {"list": "directory.read", "retrieve": "directory.read"}

    def check_object_permissions(self, request, obj):
        """Whoever may read the directory reads all of it: the right is not bound to the body's region."""

    def get_queryset(self):
        current = OrganisationFunction.objects.on(periods.today())
        return super().get_queryset().prefetch_related(Prefetch("functions", current, to_attr="current_functions"))


class NotificationSerializer(Serializer):
    class Meta:
        model = Notification
        fields = ["id", "title", "body", "url", "due_at", "created_at", "read_at"]


class NotificationFilter(django_filters.FilterSet):
    unread = django_filters.BooleanFilter("read_at", lookup_expr="isnull", label="只看未读")

    class Meta:
        model = Notification
        fields: ClassVar[list[str]] = []


class NotificationViewSet(ScopedViewSet):
    """本人的通知。"""

    queryset = Notification.objects.order_by("-pk")
    serializer_class = NotificationSerializer
    filterset_class = NotificationFilter
    allows: ClassVar = {"list": None, "retrieve": None, "read": None, "read_all": None}

    @extend_schema(request=None, responses=NotificationSerializer, summary="标为已读")
    @action(methods=["post"], detail=True)
    def read(self, request, pk=None):
        notification = self.get_object()
        inbox.mark_read(notification=notification, by=request.user)
        notification.refresh_from_db()
        return Response(self.get_serializer(notification).data)

    @extend_schema(
        request=None,
        summary="全部标为已读",
        responses=inline_serializer("ReadAll", {"read": serializers.IntegerField(help_text="标为已读的条数")}),
    )
    @action(methods=["post"], detail=False, url_path="read-all")
    def read_all(self, request):
        return Response({"read": inbox.mark_all_read(by=request.user)})


def register(router) -> None:
    """The ground's own nouns."""
    router.register("regions", RegionViewSet)
    router.register("organisations", OrganisationViewSet)
    router.register("notifications", NotificationViewSet)
