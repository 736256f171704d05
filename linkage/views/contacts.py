"""“一对一” contacts: units × matters, gaps first; naming people; the sheet to print (features 1.4). Read by everyone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from linkage import access, exports, periods
from linkage.actions import contacts as actions
from linkage.errors import Refusal, StaleRevision
from linkage.exports.contacts import CODE
from linkage.figures import contact_table
from linkage.figures import contacts as figures
from linkage.figures.contacts import Cell
from linkage.forms.contacts import ContactFilter, ContactForm, initial_of
from linkage.models import Contact, Matter, Region

from .directory import READ, tabs
from .pages import needs, paged, query_without, refusal_words


@require_safe
@needs(READ)
def table(request: HttpRequest) -> HttpResponse:
    """Unfiltered the whole table; filtered a list with posts and office phones. A fixed number of queries."""
    form = ContactFilter(request.GET or None)
    chosen = form.chosen() if request.GET else {}
    found = contact_table.shown(chosen, periods.today())
    counted = contact_table.counted(found)
    context = {
        "tabs": tabs("directory-contacts"), "form": form if request.GET else ContactFilter(), "counted": counted, "chosen": chosen,
        "query": query_without(request), "may_import": access.may(request.user, figures.EDIT), "unit": chosen.get("unit"),
        "unanswered": sum(cell.state == figures.CellState.UNANSWERED for cell in found),
    }  # fmt: skip
    if chosen:
        page = paged(request, found)
        context |= {"page": page, "rows": [_with_right(request.user, cell) for cell in page]}
    else:
        context |= _matrix(request, found)
    return render(request, "directory/contacts.html", context)


def _with_right(user, cell: Cell) -> dict[str, Any]:
    return {"cell": cell, "note": contact_table.note_of(cell), "may": cell.organisation is not None and figures.may_fill(user, cell)}


def _matrix(request: HttpRequest, found: Sequence[Cell]) -> dict[str, Any]:
    """Rows of units, fifty at a time; matters under their phases; the gaps once more by unit, with the way to close them."""
    by_unit: dict[int, list[Cell]] = {}
    for cell in found:
        by_unit.setdefault(cell.region.pk, []).append(cell)
    page = paged(request, list(by_unit.values()))
    matters = [cell.matter for cell in next(iter(by_unit.values()), [])]
    phases: list[tuple[str, int]] = []
    for matter in matters:
        label = matter.get_phase_display()
        same = bool(phases) and phases[-1][0] == label
        phases = [*phases[:-1], (label, phases[-1][1] + 1)] if same else [*phases, (label, 1)]
    return {
        "page": page, "units": [{"region": cells[0].region, "cells": [_with_right(request.user, cell) for cell in cells]} for cells in page],
        "matters": matters, "phases": phases,
        "gaps": [
            {"region": cells[0].region, "cells": [_with_right(request.user, cell) for cell in cells if cell.is_gap]}
            for cells in page if any(cell.is_gap for cell in cells)
        ],
    }  # fmt: skip


@require_safe
@needs(READ)
def export(request: HttpRequest) -> HttpResponse:
    """一对一对接联系表 as Excel: what is shown."""
    return exports.respond(request, CODE)


@require_safe
@needs(READ)
def paper(request: HttpRequest) -> HttpResponse:
    """The same to print, A4 landscape; in full however many rows."""
    chosen = ContactFilter(request.GET).chosen()
    found = contact_table.shown(chosen, periods.today())
    context = {
        "rows": [{"cell": cell, "note": contact_table.note_of(cell)} for cell in found], "counted": contact_table.counted(found), "as_of": periods.today(),
        "unit": chosen.get("unit"), "query": request.GET.urlencode(),
    }  # fmt: skip
    return render(request, "directory/contacts_print.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(READ)
def cell_edit(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """A岗 and B岗 of one unit and matter, and with them other empty cells of the same body."""
    region = get_object_or_404(Region.objects.reporting(), slug=slug)
    matter = get_object_or_404(Matter.objects.filter(is_active=True), code=code)
    today = periods.today()
    own = figures.cells(on=today, regions=[region])
    cell = next(one for one in own if one.matter.pk == matter.pk)
    if not figures.may_fill(request.user, cell):
        raise access.Denied("对接责任人由承办单位、本级专班办公室填写。", figures.EDIT, target=region)
    if cell.organisation is None:
        messages.info(request, "本地无此机构，由地区对接，不用填写。" if cell.answer else "还没有承办单位，请系统管理员先在“承办单位”中确定。")
        return redirect("directory-contacts")
    others = [one for one in own if one.is_gap and one.matter.pk != matter.pk and one.organisation == cell.organisation]
    known = {name: users for (_, name), users in figures.accounts([cell.organisation.pk], today).items()}
    form = ContactForm(
        request.POST or None, cell=cell, users=[user for users in known.values() for user in users], others=others, initial=initial_of(cell, today),
    )  # fmt: skip
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                changed = _name(request.user, form, cell, others, known)
            except Refusal as refusal:
                status = _refused(form, refusal, cell)
            else:
                messages.success(request, "已保存。" if changed else "没有变化。")
                return redirect(_table_of(region))
    history = Contact.objects.filter(region=region, matter=matter).select_related("organisation").order_by("-since", "post")
    context = {"cell": cell, "form": form, "history": history, "back": _table_of(region), "today": today}
    return render(request, "directory/contact.html", context, status=status)


def _table_of(region: Region) -> str:
    return f"{reverse('directory-contacts')}?unit={region.slug}"


def _name(user, form: ContactForm, cell: Cell, others: Sequence[Cell], known) -> int:
    data, people = form.cleaned_data, form.people(known)
    namings = [actions.Naming(cell.region, cell.matter, people, data["document"], data["seen"], "document" not in form.changed_data)]
    named = {post: person for post, person in people.items() if person}
    namings += [
        actions.Naming(one.region, one.matter, named, data["document"], one.mark) for one in others if one.matter.code in data.get("also", ()) and named
    ]
    return actions.name_contacts(by=user, namings=namings, since=data["since"])


def _refused(form: ContactForm, refusal: Refusal, cell: Cell) -> int:
    """What was typed is kept; after a look at what somebody else filled in, saving again goes through."""
    form.add_error(None, refusal_words(refusal))
    if not isinstance(refusal, StaleRevision):
        return 422
    form.data = form.data.copy()
    form.data["seen"] = cell.mark
    return 409
