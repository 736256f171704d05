"""The main navigation as one table, and what every page's frame needs (context processor `linkage.nav.context`).

Entries name addresses of the public face (design §7): stable, and shown only when they lead to a page and the person has
one of the permissions. Rights themselves are decided by the pages, never here.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.urls import Resolver404, resolve
from django.utils.functional import cached_property

from linkage import __version__, access, loading

BUSINESS = "business"  # any seat that reads rows at all
REPORTS = "reports"  # any seat that reads more than its own projects: an implementer reads no weekly report


@dataclass(frozen=True)
class Entry:
    """One place to go. `needs`: permissions of which one suffices, or BUSINESS; empty = everybody."""

    label: str
    path: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Several places under one word; with a single visible one it is a plain link."""

    label: str
    entries: tuple[Entry, ...]


ENTRIES: tuple[Entry | Group, ...] = (
    Entry("待办", "/"),
    Group(
        "看板",
        (
            Entry("监管看板", "/dashboard/", ("dashboard.read",)),
            Entry("领导一页纸", "/leader/", ("dashboard.read",)),
            Entry("大屏", "/screen/", ("dashboard.read",)),
        ),
    ),
    Entry("周调度", "/weekly/", (REPORTS,)),
    Group(
        "项目",
        (
            Entry("项目库", "/projects/", (BUSINESS,)),
            Entry("年度计划", "/plans/", (BUSINESS,)),
            Entry("前期手续", "/procedures/", (BUSINESS,)),
            Entry("提请协调", "/help-requests/", (BUSINESS,)),
            Entry("合同", "/contracts/", (BUSINESS,)),
            Entry("项目资产", "/assets/", (BUSINESS,)),
            Entry("公示公告", "/publicity/", (BUSINESS,)),
            Entry("绩效目标", "/performance/", (BUSINESS,)),
            Entry("项目调整", "/adjustments/", (BUSINESS,)),
            Entry("资料", "/documents/", (BUSINESS,)),
            Entry("疑似重复", "/projects/alike/", (BUSINESS,)),
            Entry("导入", "/imports/", ("import.run",)),
        ),
    ),
    Group(
        "资金",
        (
            Entry("资金台账", "/funds/", (BUSINESS,)),
            Entry("支出进度", "/funds/pace/", (BUSINESS,)),
            Entry("下达批次", "/funds/batches/", (BUSINESS,)),
            Entry("资金变动", "/funds/events/", (BUSINESS,)),
            Entry("支付明细", "/funds/vouchers/", (BUSINESS,)),
            Entry("财政数据", "/funds/treasury/", (REPORTS,)),
            Entry("待支出资金", "/funds/waiting/", (BUSINESS,)),
            Entry("支出均衡度", "/funds/evenness/", (BUSINESS,)),
            Entry("目标任务分解", "/funds/breakdowns/", (BUSINESS,)),
            Entry("节点目标", "/funds/targets/", (BUSINESS,)),
            Entry("对账", "/funds/reconcile/", (BUSINESS,)),
            Entry("年终结算", "/funds/closing/", (BUSINESS,)),
        ),
    ),
    Entry("问题", "/issues/", (BUSINESS,)),
    Group("会商通报", (Entry("月会商", "/consultations/", (BUSINESS,)), Entry("季通报", "/bulletins/", (BUSINESS,)))),
    Entry("名录", "/directory/", ("directory.read",)),
    Group(
        "管理",
        (
            Entry("首日设置", "/setup/", ("setup.run", "user.manage", "weekly.review")),
            Entry("人员与岗位", "/people/", ("user.manage",)),
            Entry("工作交接", "/handovers/", ("handover.make",)),
            Entry("词表", "/admin/", ("dictionary.edit",)),
            Entry("规则", "/rules/", ("rule.edit", "calendar.edit", "period.read")),
            Entry("工作日历", "/calendar/", ("rule.edit", "calendar.edit", "period.read")),
            Entry("后台任务", "/jobs/", ("job.manage", "import.run", "export.run")),
            Entry("导出记录", "/exports/", ("export.run",)),
            Entry("自动事项", "/duties/", ("job.manage",)),
            Entry("接口令牌", "/tokens/", ("token.manage",)),
            Entry("审计记录", "/audit/", ("audit.read", "audit.read_region")),
        ),
    ),
)

SEARCH_PATH = "/projects/"
INBOX_PATH = "/inbox/"


@lru_cache
def leads_somewhere(path: str) -> bool:
    """Is there a page at this address? The address table does not change while the process lives."""
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def _is_here(path: str, current: str) -> bool:
    return current == path if path == "/" else current.startswith(path)


def _link(entry: Entry, current: str) -> dict:
    return {"label": entry.label, "url": entry.path, "active": _is_here(entry.path, current), "items": []}


def needs_met(grants) -> frozenset[str]:
    """What a person's live seats hold, in the words of `Entry.needs`."""
    breadths = frozenset().union(*(grant.breadths for grant in grants))
    reading = {BUSINESS} if breadths else set()
    return frozenset().union(reading, {REPORTS} if breadths - {access.Breadth.OWN} else (), *(grant.permissions for grant in grants))


def entries_for(held: frozenset[str], current: str) -> list[dict]:
    """What a person who holds these (`needs_met`) sees in the bar: dicts label, url, active, items."""

    def visible(entry: Entry) -> bool:
        return (not entry.needs or bool(held.intersection(entry.needs))) and leads_somewhere(entry.path)

    bar = []
    for entry in ENTRIES:
        if isinstance(entry, Entry):
            bar += [_link(entry, current)] if visible(entry) else []
            continue
        items = [_link(item, current) for item in entry.entries if visible(item)]
        _mark_longest(items)
        if len(items) == 1:
            bar.append({**items[0], "label": entry.label})
        elif items:
            bar.append({"label": entry.label, "url": "", "active": any(i["active"] for i in items), "items": items})
    return bar


def _mark_longest(items: list[dict]) -> None:
    """/funds/pace/ lies below /funds/: only the closest entry is the present one."""
    active = [item for item in items if item["active"]]
    for item in active:
        item["active"] = item is max(active, key=lambda one: len(one["url"]))


class Frame:
    """Read lazily by layout/base.html; a page that does not show the frame costs nothing."""

    version = __version__

    def __init__(self, request):
        self.request = request

    @cached_property
    def user(self):
        return getattr(self.request, "user", None)

    @cached_property
    def _signed_in(self) -> bool:
        return bool(self.user and self.user.is_authenticated)

    @cached_property
    def entries(self) -> list[dict]:
        if not self._signed_in:
            return []
        return entries_for(needs_met(access.grants_of(self.user)), self.request.path)

    @cached_property
    def may_export(self) -> bool:
        """Are links to Excel of any use to this person?"""
        return self._signed_in and any("export.run" in grant.permissions for grant in access.grants_of(self.user))

    @cached_property
    def seat_label(self) -> str:
        return access.seat_label(self.user) if self._signed_in else ""

    @cached_property
    def unread(self) -> int:
        """One query."""
        return self.user.notifications.unread().count() if self._signed_in else 0

    @cached_property
    def loading(self) -> str:
        """What is being said about demo data on their way in; empty, and no query, when they are there."""
        return loading.words()

    @property
    def is_loading(self) -> bool:
        """Will it say something else soon?"""
        return loading.demo_data() == loading.LOADING

    @property
    def search_url(self) -> str:
        reads_rows = self._signed_in and any(grant.breadths for grant in access.grants_of(self.user))
        return SEARCH_PATH if reads_rows and leads_somewhere(SEARCH_PATH) else ""

    @property
    def inbox_url(self) -> str:
        return INBOX_PATH if self._signed_in and leads_somewhere(INBOX_PATH) else ""


def context(request) -> dict:
    """Context processor: `nav` on every page."""
    return {"nav": Frame(request)}
