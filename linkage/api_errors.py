"""One form for every refusal of the API: {"code", "detail", "fields"}.

400 what was sent is wrong · 401 who are you · 403 not yours to do · 404 not in your sight · 409 not as things stand · 429
too fast. `fields` maps the place ("amount_yuan", "rows.3.paid_on") to the reasons, empty when none is to blame.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

from linkage.errors import ProblemsFound, Refusal

logger = logging.getLogger(__name__)

CONFLICT_WORDS = "与已有数据冲突，未作改动。"


def handler(error: Exception, context: dict) -> Response | None:
    """settings.REST_FRAMEWORK["EXCEPTION_HANDLER"]. What is not a refusal stays an error and is logged as one."""
    if isinstance(error, Refusal):
        return Response(body(error.code, error.message, _problem_fields(error)), status.HTTP_409_CONFLICT)
    if isinstance(error, IntegrityError):
        logger.warning("the database refused an API write: %s", error)
        return Response(body("conflict", CONFLICT_WORDS), status.HTTP_409_CONFLICT)
    if isinstance(error, DjangoValidationError):
        error = ValidationError(_plain(error))
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        fields = flatten(error.detail)
        response.data = body("invalid", _first(fields), {place: words for place, words in fields.items() if place})
    else:
        response.data = body(_code(error, response), str(response.data.get("detail", "")))
    return response


def body(code: str, detail: str, fields: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """What every refusal looks like."""
    return {"code": code, "detail": detail, "fields": fields or {}}


def flatten(detail: Any, place: str = "") -> dict[str, list[str]]:
    """Nested validation details as place → reasons; the place "" collects what concerns no single field."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for name, inner in detail.items():
            general = name in (api_settings.NON_FIELD_ERRORS_KEY, NON_FIELD_ERRORS)
            for where, words in flatten(inner, place if general else _join(place, str(name))).items():
                found.setdefault(where, []).extend(words)
        return found
    if isinstance(detail, list) and any(isinstance(inner, dict | list) for inner in detail):
        found = {}
        for number, inner in enumerate(detail):
            for where, words in flatten(inner, _join(place, str(number))).items():
                found.setdefault(where, []).extend(words)
        return found
    words = [str(inner) for inner in detail] if isinstance(detail, list) else [str(detail)]
    return {place: words} if words else {}


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _first(fields: dict[str, list[str]]) -> str:
    return next((words[0] for words in fields.values()), "")


def _plain(error: DjangoValidationError) -> dict | list:
    return error.message_dict if hasattr(error, "error_dict") else error.messages


def _problem_fields(refusal: Refusal) -> dict[str, list[str]]:
    if not isinstance(refusal, ProblemsFound):
        return {}
    fields: dict[str, list[str]] = {}
    for problem in refusal.problems:
        place = ".".join(str(part) for part in (problem.row, problem.place) if part) or problem.code
        fields.setdefault(place, []).append(problem.message)
    return fields


def _code(error: Exception, response: Response) -> str:
    """The framework's own code; Django's PermissionDenied and Http404 have none."""
    code = getattr(getattr(error, "detail", None), "code", None)
    return code or {403: "permission_denied", 404: "not_found"}.get(response.status_code, "error")
