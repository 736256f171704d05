"""/audit/: who did what, before and after, and whether the chain holds (features 12.2)."""

from __future__ import annotations

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from linkage import access, audit, periods
from linkage.actions import verification as actions
from linkage.figures import verification
from linkage.filters.audit import AuditFilter, kind_words
from linkage.models import AuditEvent, AuditSeal
from linkage.views.pages import needs, paged, telling

READERS = ("audit.read", "audit.read_region")
VERIFY_LAST = 2000
COMMON_WORDS = {"document": "依据文件", "reason": "理由", "user": "账号"}


@require_safe
@needs(*READERS)
def audit_list(request: HttpRequest) -> HttpResponse:
    events = AuditEvent.objects.visible_to(request.user).select_related("seal").order_by("-pk")
    chosen = AuditFilter(request.GET, events)
    page = paged(request, chosen.qs)
    for event in page:
        event.kind_words = kind_words(event.target_type)
    verified = audit.verify(last=VERIFY_LAST) if request.GET.get("verify") else None
    return render(
        request,
        "audit/list.html",
        {
            "filter": chosen,
            "page": page,
            "last_seal": AuditSeal.objects.order_by("-sequence").first(),
            "unsealed": AuditEvent.objects.filter(seal__isnull=True).count(),
            "findings": verified,
            "was_verified": verified is not None,
            "verify_last": VERIFY_LAST,
            "last": verification.last_verification(),
            "running": verification.running(),
            "may_verify": access.may(request.user, "audit.verify"),
        },
    )


@require_POST
@needs("audit.verify")
def audit_verify(request: HttpRequest) -> HttpResponse:
    """The whole chain, in the background; the person waits on the job's page and comes back here."""
    with telling(request) as told:
        job = actions.start(by=request.user)
    return redirect("audit") if told.refused else redirect("job-detail", job.pk)


@require_safe
@needs(*READERS)
def audit_detail(request: HttpRequest, pk: int) -> HttpResponse:
    event = get_object_or_404(AuditEvent.objects.visible_to(request.user).select_related("seal"), pk=pk)
    alike = AuditEvent.objects.visible_to(request.user).filter(target_type=event.target_type, target_id=event.target_id)
    return render(
        request,
        "audit/detail.html",
        {
            "event": event,
            "kind_words": kind_words(event.target_type),
            "seal": getattr(event, "seal", None),
            "changes": difference(event),
            "alike": alike.exclude(pk=event.pk).order_by("-pk")[:10],
            "at_words": periods.moment_words(event.at),
        },
    )


def difference(event: AuditEvent) -> list[dict]:
    """One row per field of before and after: name, before, after, changed. Values that are no tables stand alone."""
    before, after = _table(event.before), _table(event.after)
    rows = []
    for key in dict.fromkeys([*before, *after]):
        field = _field(event.target_type, key)
        rows.append({
            "name": str(field.verbose_name) if field else COMMON_WORDS.get(key, key),
            "before": _value_words(field, before.get(key)),
            "after": _value_words(field, after.get(key)),
            "changed": before.get(key) != after.get(key),
        })  # fmt: skip
    return rows


def _table(value) -> dict:
    if value is None:
        return {}
    return value if isinstance(value, dict) else {"内容": value}


def _field(target_type: str, name: str):
    """The column of that name; None where the event speaks of something else."""
    try:
        field = apps.get_model(target_type)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None
    return field if field.concrete else None


def _value_words(field, value):
    """A choice in its words, yes and no, everything else as it stands."""
    if isinstance(value, bool):
        return "是" if value else "否"
    choices = dict(getattr(field, "flatchoices", ()) or ())
    return choices.get(value, value) if isinstance(value, str | int) else value
