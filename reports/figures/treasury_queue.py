"""What waits about the treasury's data: payments of unknown projects, files that are owed, data out of date (features 9.1, 9.4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from funds.figures import freshness
from funds.figures.unmatched import groups
from funds.models import Voucher, VoucherChannel
from linkage import access, periods
from linkage.models import Region
from reports.figures.todo import NOTICE, OVERDUE, WAITING, Todo


def doubtful_vouchers(user, at: datetime) -> Iterator[Todo]:
    if not access.may(user, "voucher.record"):
        return
    rows = Voucher.objects.visible_to(user)
    fed = groups(rows)
    if fed:
        what = f"{sum(row['rows'] for row in fed)} 笔财政付款待认"
        yield Todo(WAITING, what, f"归成 {len(fed)} 组，认一次以后自动对应", reverse("treasury-unmatched"), "去认")
    typed = rows.standing().filter(allocation__isnull=True, channel=VoucherChannel.HAND).count()
    if typed:
        yield Todo(WAITING, f"{typed} 笔支付凭证没有对应到项目资金", "不计入支出进度", reverse("voucher-list") + "?flagged=on&year=all", "去核对")


def treasury_files(user, at: datetime) -> Iterator[Todo]:
    """The file of payments that this person's finance bureau owes by the next due day, or has not brought; for the office,
    whose data are out of date. Units never fed are not asked for. Four queries."""
    owed = freshness.units_fed_by(user, at)
    whole = [] if owed or not access.may(user, "weekly.review") else [u for u in Region.objects.reporting() if access.may(user, "weekly.review", u)]
    if not owed and not whole:
        return
    late = [row for row in freshness.freshness(owed or whole, at) if row.is_late and row.as_of]
    if not late:
        return
    words = "、".join(f"{row.unit.name}截至 {periods.day_words(row.as_of, at.year)}" for row in late[:4]) + (f"等 {len(late)} 个单位" if len(late) > 4 else "")
    if owed:
        yield Todo(OVERDUE, "支付明细没有按时上传", words, reverse("treasury"), "去上传", late[0].last_due)
    else:
        yield Todo(NOTICE, f"{len(late)} 个单位的财政数据已过期", words, reverse("treasury"), "去看")
