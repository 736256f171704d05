"""/projects/: the library as a list, and the same rows as Excel."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from linkage import access, exports, periods
from linkage.views.pages import needs, paged
from linkage.views.saved_views import views_for
from projects import states
from projects.exports import KIND
from projects.figures import amounts
from projects.figures.rates import rates
from projects.filters import ProjectFilter, sorted_by
from projects.models import Project


@dataclass(frozen=True)
class Head:
    """One column head; with `sort` a link that orders by it."""

    label: str
    sort: str = ""
    css: str = ""
    unit: str = ""
    direction: str = ""

    @property
    def next(self) -> str:
        return f"-{self.sort}" if self.direction == "ascending" else self.sort


def heads(sort: str, basis: str, *, several_units: bool) -> list[Head]:
    """The columns of the list, the sorted one marked; who has one unit only does not read its name in every row."""
    columns = (
        ("项目", "name", "pin", ""), *([("县区", "unit", "", "")] if several_units else []),
        ("资金任务", "task", "", ""), ("实施方式", "method", "", ""), ("阶段", "stage", "", ""),
        ("形象进度", "ratio", "num", ""), ("计划投资", "investment", "num", ""), ("安排资金", "allocated", "num", ""),
        ("累计支出", "paid", "num", basis), ("计划开工", "start", "num", ""),
    )  # fmt: skip
    direction = "descending" if sort.startswith("-") else "ascending"
    return [
        Head(label, key, css, unit, direction if key and sort.removeprefix("-") == key else "") for label, key, css, unit in columns
    ]


@require_GET
@needs("period.read")
def project_list(request: HttpRequest) -> HttpResponse:
    """Filters in the address; a number in the sentence leads to its rows. A constant number of queries."""
    today = periods.today()
    filterset = ProjectFilter(request.GET, Project.objects.visible_to(request.user), user=request.user, as_of=today)
    sort = request.GET.get("sort", "")
    said = rates(filterset.qs, as_of=today)
    # Put in order by number alone: thousands of whole rows with all that hangs on them would be sorted for fifty.
    page = paged(request, sorted_by(filterset.qs, sort, user=request.user, as_of=today).values_list("pk", flat=True), count=said.projects)
    found = Project.objects.select_related("unit", "task", "implementer").in_bulk(list(page))
    page.object_list = [found[pk] for pk in page if pk in found]
    money = amounts.amounts([project.pk for project in page], request.user, today)
    basis, several = amounts.basis_words(today), "unit" in filterset.filters
    context = {
        "page": page, "rows": [(project, money.get(project.pk)) for project in page], "filter_form": filterset.form,
        "heads": heads(sort, basis, several_units=several), "several_units": several, "rates": said, "as_of": today, "basis": basis,
        "saved_views": views_for(request),
        "may_edit": access.may(request.user, states.EDIT),
    }  # fmt: skip
    return render(request, "projects/list.html", context)


@require_GET
@needs("export.run")
def project_export(request: HttpRequest) -> HttpResponse:
    """Excel of exactly what is shown, whatever the page."""
    return exports.respond(request, KIND)
