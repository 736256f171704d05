"""What stands around the numbers: breadcrumbs, notices, tabs, facts, timelines, small tables."""

from .registry import register


@register.inclusion_tag("components/crumbs.html")
def crumbs(*parts):
    """Breadcrumbs from label, url, label, url … ; an empty url is the page itself."""
    return {"crumbs": [(parts[i], parts[i + 1] if i + 1 < len(parts) else "") for i in range(0, len(parts), 2)]}


@register.inclusion_tag("components/notice.html")
def notice(tone, title, text="", url="", action="", dismiss=False):
    """One message on the page: tone info, ok, warn or bad."""
    return {"tone": tone, "title": title, "text": text, "url": url, "action": action, "dismiss": dismiss}


@register.inclusion_tag("components/empty.html")
def empty(title, hint="", url="", action=""):
    """An empty list says what to do next."""
    return {"title": title, "hint": hint, "url": url, "action": action}


@register.inclusion_tag("components/tabs.html")
def tabs(items, label="分页"):
    """items: dicts label, url, active, count."""
    return {"items": items, "label": label}


@register.inclusion_tag("components/facts.html")
def facts(items):
    """items: (term, value) or (term, value, href)."""
    return {"facts": [(item[0], item[1], item[2] if len(item) > 2 else "") for item in items]}


@register.inclusion_tag("components/stats.html")
def stats(items):
    """items: dicts label, value, and optionally unit, href, note, tone."""
    return {"items": items}


@register.inclusion_tag("components/timeline.html")
def timeline(entries):
    """entries: dicts at, who, what, and optionally text, tone, links [(label, url)]."""
    return {"entries": [{"text": "", "tone": "none", "links": [], **entry} for entry in entries]}


@register.inclusion_tag("components/stages.html")
def stages(steps):
    """steps: dicts label, state (done, now, next, skipped), and optionally note."""
    words = {"done": "已完成", "now": "当前", "next": "未到", "skipped": "不适用"}
    return {"steps": [{**step, "word": words[step["state"]]} for step in steps]}


@register.inclusion_tag("components/numbers_table.html")
def numbers_table(columns, rows, caption="", foot=None, unit=""):
    """A small table beside a chart. columns: (title, "text" or "num"); rows and foot: lists in column order."""
    kinds = [kind for _, kind in columns]
    return {
        "columns": columns,
        "rows": [list(zip(row, kinds, strict=True)) for row in rows],
        "caption": caption,
        "foot": list(zip(foot, kinds, strict=True)) if foot else None,
        "unit": unit,
    }


@register.inclusion_tag("components/chart_box.html")
def chart_box(chart_id, option, title="", height="m"):
    """The frame a chart script fills. `option` goes through json_script; the numbers stand in a table beside it."""
    return {"chart_id": chart_id, "option_id": f"{chart_id}-option", "option": option, "title": title, "height": height}
