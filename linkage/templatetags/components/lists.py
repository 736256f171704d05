"""Filters, pages, and links that keep the address."""

from .registry import register


def _query(request, **changes) -> str:
    """The present query string with some keys replaced (None removes)."""
    params = request.GET.copy()
    for key, value in changes.items():
        params.pop(key, None)
        if value is not None:
            params[key] = value
    return params.urlencode()


@register.simple_tag(takes_context=True)
def query(context, **changes):
    """`?…` of this page with some parameters replaced; for sort links and switches that keep the filters."""
    return "?" + _query(context["request"], **changes)


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context, page, noun="条", param="page"):
    """Links to the neighbouring pages; the filters stay in the address."""
    request = context["request"]
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    links = [
        {
            "number": n,
            "url": None if n == page.paginator.ELLIPSIS else "?" + _query(request, **{param: n}),
            "here": n == page.number,
        }
        for n in numbers
    ]
    return {
        "page": page,
        "links": links,
        "noun": noun,
        "previous": "?" + _query(request, **{param: page.number - 1}) if page.has_previous() else "",
        "next": "?" + _query(request, **{param: page.number + 1}) if page.has_next() else "",
    }


def _chip_text(bound) -> str:
    """What a person chose in one field, in words; a hidden field brings its own."""
    if words := bound.field.widget.attrs.get("data-chip"):
        return words
    value = bound.value()
    if value is True:
        return "是"
    values = value if isinstance(value, (list, tuple)) else [value]
    choices = {str(key): label for key, label in getattr(bound.field, "choices", None) or []}
    return "、".join(str(choices.get(str(item), item)) for item in values)


def _chips(form, request) -> list[dict]:
    chips = []
    told = [*form.visible_fields(), *(bound for bound in form.hidden_fields() if "data-chip" in bound.field.widget.attrs)]
    for bound in told if form.is_bound else []:
        if bound.value() in (None, "", [], (), False, "False", "false"):
            continue
        params = request.GET.copy()
        params.pop(bound.html_name, None)
        params.pop("page", None)
        chips.append({"label": bound.label, "text": _chip_text(bound), "url": "?" + params.urlencode()})
    return chips


def _may_export(context) -> bool:
    nav = context.get("nav")
    return nav is None or nav.may_export


@register.inclusion_tag("components/filterbar.html", takes_context=True)
def filterbar(context, form, count=None, noun="条", export_url="", saved_views=(), save_url="", autosubmit=True):
    """A GET form, the active filters as chips, the export of exactly what is shown, saved views.

    `saved_views`: objects with name and query; `save_url`: where a POST of name and query keeps the present view.
    """
    request = context["request"]
    present = _query(request, page=None)
    return {
        "form": form,
        "chips": _chips(form, request),
        "count": count,
        "noun": noun,
        "export_url": f"{export_url}?{present}" if export_url and _may_export(context) else "",
        "saved_views": saved_views,
        "save_url": save_url,
        "query": present,
        "path": request.path,
        "autosubmit": autosubmit,
        "csrf_token": context.get("csrf_token", ""),
    }
