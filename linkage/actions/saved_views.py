"""常用视图: a list's filters kept under a name."""

import re
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from linkage import periods
from linkage.errors import Refusal
from linkage.models import SavedView

OWN_PAGE = re.compile(r"/(?:[\w.-]+/)*", re.ASCII)  # a path of this site; browsers take "//" and "/\\" for another host
MOST = 30  # per person and page: beyond that nobody finds anything


def save_view(*, by, page: str, name: str, query: str, at: datetime | None = None) -> SavedView:
    """Keep a page's filters; the same name on the same page is replaced. `page` is an address of this site."""
    name = " ".join(name.split())
    if not name or len(name) > 40 or not name.isprintable():
        raise Refusal("请给视图起个名字，最多 40 个字。")
    if not OWN_PAGE.fullmatch(page) or len(page) > 60:
        raise Refusal("这个页面不能保存视图。")
    kept = urlencode([(key, value) for key, value in parse_qsl(query) if key != "page"])
    if len(kept) > 1000:
        raise Refusal("筛选条件过长，不能保存。请减少条件。")
    mine = SavedView.objects.filter(user=by, page=page)
    if mine.exclude(name=name).count() >= MOST:
        raise Refusal(f"本页已有 {MOST} 个视图，请先删去不用的。")
    view, _ = SavedView.objects.update_or_create(
        user=by, page=page, name=name, defaults={"query": kept, "created_at": at or periods.now()}
    )
    return view


def delete_view(*, by, view: SavedView) -> None:
    """Only one's own: the caller fetched it through `visible_to`."""
    SavedView.objects.filter(pk=view.pk, user=by).delete()
