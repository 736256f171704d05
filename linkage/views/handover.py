"""工作交接: whose seats one may hand over, the handover itself, what was handed over (features 1.6)."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from linkage import handover, periods
from linkage.actions import handover as actions
from linkage.figures.leaving import in_reach, kept, leaving
from linkage.forms.handover import HandoverForm
from linkage.models import Handover, Seat

from .pages import paged, telling_form


def _seats(user):
    """Live seats one may prepare a handover for, and those whose preset end went by while something was open in them."""
    reach, today = kept().filter(in_reach(user)), periods.today()
    over = [one.seat.pk for one in leaving(reach, today) if one.is_over]
    return reach.filter(Q(pk__in=Seat.objects.on(today).values("pk")) | Q(pk__in=over))


@require_safe
def handovers(request: HttpRequest) -> HttpResponse:
    """Seats to hand over, one's own first, and the handovers in sight."""
    today = periods.today()
    seats = sorted(_seats(request.user), key=lambda seat: (not _is_over(seat, today), seat.user_id != request.user.pk, seat.region.display_order, seat.pk))
    page = paged(request, Handover.objects.visible_to(request.user).select_related("seat").prefetch_related("items"))
    return render(request, "handovers/index.html", {"seats": [(seat, _is_over(seat, today)) for seat in seats], "page": page})


def _is_over(seat: Seat, today: date) -> bool:
    return seat.until is not None and seat.until < today


@require_http_methods(["GET", "HEAD", "POST"])
def seat_handover(request: HttpRequest, pk: int) -> HttpResponse:
    """What is open in the seat, and who gets it. 404 for seats of others."""
    seat = get_object_or_404(_seats(request.user), pk=pk)
    today = periods.today()
    groups = handover.outstanding(seat, today)
    form = HandoverForm(request.POST or None, seat=seat, groups=groups, on=today)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            row = actions.hand_over(
                by=request.user, seat=seat, choices=form.choices(), reason=form.cleaned_data["reason"], witness=form.cleaned_data["witness"],
            )  # fmt: skip
        if not told.refused:
            messages.success(request, f"已办理交接：{row.number}。请打印交接单签字。")
            return redirect("handover", row.pk)
    context = {
        "seat": seat, "groups": groups, "form": form, "total": sum(len(group.items) for group in groups), "done": seat.handovers.all(),
        "is_own": seat.user_id == request.user.pk,
    }  # fmt: skip
    return render(request, "handovers/seat.html", context, status=422 if form.errors else 200)


@require_safe
def handover_page(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Handover.objects.visible_to(request.user).select_related("region"), pk=pk)
    return render(request, "handovers/handover.html", {"row": row, "items": list(row.items.all())})
