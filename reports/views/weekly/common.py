"""What the weekly pages share: the report in sight, the side of the desk, the answer to a script."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.urls import reverse

from linkage import access
from linkage.errors import Refusal
from linkage.views.pages import refusal_to_message
from reports.models import Period, ReportVersion, WeeklyReport


def report_in_sight(request: HttpRequest, key: str, unit: str) -> WeeklyReport:
    """The report of one period and unit, or 404. One query."""
    reports = WeeklyReport.objects.visible_to(request.user).select_related("period", "unit__parent", "handed_in_by")
    return get_object_or_404(reports, period__key=key, unit__slug=unit)


def own_report(request: HttpRequest, key: str, unit: str) -> WeeklyReport:
    """The report at its own county's desk. Drafts are the county's: anybody else in sight of the report gets a 403."""
    report = report_in_sight(request, key, unit)
    if not access.is_of_unit(request.user, report.unit.path):
        raise access.Denied("填报中的内容只在本县（市、区）内可见。", "weekly.fill", "weekly.sign", target=report)
    return report


def version_in_sight(request: HttpRequest, key: str, unit: str, number: int) -> ReportVersion:
    """A signed version of a report in sight. Which of its rows are shown: `readable_content`."""
    report = report_in_sight(request, key, unit)
    versions = report.versions.select_related("handed_in_by", "signed_by", "scan")
    version = get_object_or_404(versions, number=number)
    version.report = report
    return version


def period_in_sight(request: HttpRequest, key: str) -> Period:
    return get_object_or_404(Period.objects.visible_to(request.user), key=key)


def address(name: str, report: WeeklyReport, *more) -> str:
    return reverse(name, args=[report.period.key, report.unit.slug, *more])


def to_report(report: WeeklyReport) -> HttpResponseRedirect:
    return HttpResponseRedirect(address("weekly-report", report))


# A page act on a report that is refused: the message on the report's own page.
back_to_report = refusal_to_message(lambda request, key, unit, **_: reverse("weekly-report", args=[key, unit]))


def answers_json(view: Callable) -> Callable:
    """A view for the grid's script: refusals become 409, missing rights 403, unreadable input 400, all as JSON.

    The script says for whom the page was opened (`X-Page-User`): under another log-in nothing is written (409).
    """

    @wraps(view)
    def answering(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.headers.get("X-Page-User", str(request.user.pk)) != str(request.user.pk):
            return failure(request, "other_user", "本页是以另一账号打开的，没有保存。", 409)
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            return failure(request, refusal.code, refusal.message, 409, getattr(refusal, "fields", None))
        except PermissionDenied as refusal:
            return failure(request, "forbidden", str(refusal) or "您的岗位不能这样做。", 403)
        except Http404:
            return failure(request, "not_found", "报告不存在，或不在您的范围内。", 404)
        except ValidationError as error:
            return failure(request, "invalid", " ".join(error.messages), 400)

    return answering


def failure(request: HttpRequest, code: str, detail: str, status: int, fields: dict[str, str] | None = None) -> JsonResponse:
    return JsonResponse({"code": code, "detail": detail, "fields": fields or {}, "csrf_token": get_token(request)}, status=status)
