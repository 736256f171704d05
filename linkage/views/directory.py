"""Who is who: gaps first, then regions, bodies, duties, leads, task forces (features 1.1–1.3). Read by everyone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from linkage import access, periods
from linkage.figures import directory as figures
from linkage.figures import gaps as gap_figures
from linkage.models import Region

from .pages import needs, paged

# Whose page a reader may open: a county's own, the office's all (the names are no secret, the pages are).
_SEEN = access.ScopeFields("path", region_suffices=True)
READ, EDIT, ROSTER = "directory.read", "organisation.edit", "roster.edit"
_TABS = (
    ("directory", "缺口与地区"),
    ("directory-organisations", "单位与职能"),
    ("directory-duties", "承办单位"),
    ("directory-contacts", "一对一对接"),
    ("directory-tasks", "任务牵头"),
    ("directory-taskforces", "专班名册"),
)


def tabs(current: str) -> list[dict]:
    return [{"label": label, "url": reverse(name), "active": name == current, "count": None} for name, label in _TABS]


def address(name: str, *args) -> str:
    """The address of a page that may not be there (another app's), else empty."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def reach(user, permission: str) -> tuple[str, ...]:
    """Paths below which the user holds the permission, for showing buttons; actions ask again."""
    return tuple(grant.region_path for grant in access.grants_of(user) if permission in grant.permissions)


@require_safe
@needs(READ)
def index(request: HttpRequest) -> HttpResponse:
    """Gaps of the regions in which the reader sits, then the tree."""
    gaps = gap_figures.visible_to(request.user, on=periods.today())
    nodes = figures.tree()
    editable = reach(request.user, EDIT)
    seen = set(Region.objects.filter(access.scope(request.user, _SEEN)).values_list("pk", flat=True))
    return render(
        request,
        "directory/index.html",
        {
            "tabs": tabs("directory"),
            "gaps": [{"gap": gap, "url": _repair_url(request.user, gap)} for gap in gaps],
            "nodes": [
                {
                    "node": node,
                    "url": address("region-page", node.region.slug)
                    if node.region.is_reporting and node.region.pk in seen
                    else "",
                    "editable": node.region.path.startswith(editable) if editable else False,
                }
                for node in nodes
            ],
            "units": sum(node.region.is_reporting for node in nodes),
            "bodies": sum(node.bodies for node in nodes),
            "may_add": bool(editable),
        },
    )


_REPAIRS = {
    "taskforce": (ROSTER, "taskforce-edit"),
    "document": (ROSTER, "taskforce-edit"),
    "leader": (ROSTER, "member-new"),
    "lead": (EDIT, "lead-new"),
}


def _repair_url(user, gap: gap_figures.Gap) -> str:
    """Where this reader can close the gap; empty when somebody else must."""
    if gap.url:
        return gap.url if access.may(user, gap.permission, gap.region) else ""
    if gap.code == "seat":
        return reverse("people") + f"?region={gap.region.slug}" if access.may(user, "user.manage", gap.region) else ""
    if gap.code == "matter":
        return reverse("directory-duties") if access.may(user, EDIT, gap.region) else ""
    if gap.code == gap_figures.CONTACT:
        return reverse("directory-contacts") + f"?unit={gap.region.slug}&gaps=on"
    permission, name = _REPAIRS[gap.code]
    return reverse(name, args=[gap.region.slug]) if access.may(user, permission, gap.region) else ""


@require_safe
@needs(READ)
def organisations(request: HttpRequest) -> HttpResponse:
    """Bodies with functions and leads, filtered by region and words."""
    slug = request.GET.get("region", "")
    region = get_object_or_404(Region, slug=slug) if slug else None
    words = request.GET.get("q", "").strip()
    page = paged(request, figures.organisations(on=periods.today(), region=region, words=words))
    editable = reach(request.user, EDIT)
    return render(
        request,
        "directory/organisations.html",
        {
            "tabs": tabs("directory-organisations"),
            "page_obj": page,
            "rows": [
                {
                    "organisation": organisation,
                    "url": address("department-page", organisation.pk) if organisation.is_active else "",
                    "editable": organisation.region.path.startswith(editable) if editable else False,
                }
                for organisation in page
            ],
            "regions": [node.region for node in figures.tree()],
            "region": region,
            "q": words,
            "may_add": bool(editable),
        },
    )


@require_safe
@needs(READ)
def duties(request: HttpRequest) -> HttpResponse:
    """Matter × unit: the 承办单位, 本地无此机构 with its note, or a gap."""
    units, rows = figures.duties(on=periods.today())
    editable = reach(request.user, EDIT)
    return render(
        request,
        "directory/duties.html",
        {
            "tabs": tabs("directory-duties"),
            "units": units,
            "rows": rows,
            "open": sum(answer is None for row in rows for _, answer in row.answers),
            "absent": sum(
                answer is not None and answer.organisation_id is None for row in rows for _, answer in row.answers
            ),
            "editable": [unit.pk for unit in units if editable and unit.path.startswith(editable)],
        },
    )


@require_safe
@needs(READ)
def tasks(request: HttpRequest) -> HttpResponse:
    """Which body leads which fund task, where."""
    regions, rows = figures.leads(on=periods.today())
    editable = reach(request.user, EDIT)
    return render(
        request,
        "directory/tasks.html",
        {
            "tabs": tabs("directory-tasks"),
            "regions": regions,
            "rows": rows,
            "unled": [task for task, cells in rows if cells and not cells[0][1]],
            "editable": [region.pk for region in regions if editable and region.path.startswith(editable)],
        },
    )


@require_safe
@needs(READ)
def taskforces(request: HttpRequest) -> HttpResponse:
    """Every task force with its document and live members."""
    rosters = figures.rosters(on=periods.today())
    editable = reach(request.user, ROSTER)
    return render(
        request,
        "directory/taskforces.html",
        {
            "tabs": tabs("directory-taskforces"),
            "rosters": [
                {"roster": roster, "editable": roster.region.path.startswith(editable) if editable else False}
                for roster in rosters
            ],
            "documented": sum(bool(roster.force and roster.force.document) for roster in rosters),
        },
    )
