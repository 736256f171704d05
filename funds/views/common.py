"""What several pages of this app need: one page for every small form, and whose money a sentence speaks of."""

from collections.abc import Sequence

from django.shortcuts import render

from linkage import access
from linkage.models import Region


def form_page(request, form, *, heading: str, submit: str, trail: list[tuple[str, str]], hint: str = ""):
    """`trail`: (label, address) from the list down; the last one is where 取消 leads."""
    return render(
        request, "funds/form.html",
        {"form": form, "heading": heading, "submit": submit, "trail": [*trail, (heading, "")], "back": trail[-1][1], "hint": hint},
        status=422 if form.is_bound else 200,
    )  # fmt: skip


def whose(user, units: Sequence[Region]) -> str:
    """Whose money the sentence speaks of: one unit by its name, else the region of the seat; a department adds its tasks."""
    grants = access.grants_of(user)
    if len(units) == 1:
        name = units[0].name
    else:
        regions = Region.objects.filter(pk__in=[grant.region_id for grant in grants]).order_by("path")
        name = regions.values_list("name", flat=True).first() or ""
    whole = any(access.Breadth.ALL in grant.breadths for grant in grants)
    return name if whole else f"{name}（本部门牵头任务）"
