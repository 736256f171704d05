"""The schema names the refusals of every operation, in the one form `api_errors` gives them."""

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class ErrorSerializer(serializers.Serializer):
    """How every refusal looks."""

    code = serializers.CharField(help_text="机器可读的原因")
    detail = serializers.CharField(help_text="给人看的说明")
    fields = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), help_text="字段 → 原因；与字段无关时为空"
    )


class RefusalSchema(AutoSchema):
    """Adds 401, 403, 429 everywhere, 404 to details, 400 and 409 to writes."""

    def _get_response_bodies(self, direction="response"):
        bodies = super()._get_response_bodies(direction)
        codes = ["401", "403", "429"]
        codes += ["404"] if "{" in self.path else []
        codes += [] if self.method == "GET" else ["400", "409"]
        for code in codes:
            bodies.setdefault(code, self._get_response_for_code(ErrorSerializer, code))
        return bodies
