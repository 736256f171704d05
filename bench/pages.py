"""Pages: queries, server time, bytes, against bare SQL for the same numbers."""

from __future__ import annotations

import gzip
import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linkage import periods
from linkage.models import User
from reports.models import ReportLine, WeeklyReport

from . import sql
from .measure import Measure, once, seconds

ROWS = 60


def client_of(username: str) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
    return client


def get(client: Client, address: str):
    response = client.get(address)
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}")
    return response


def sixty_rows(report: WeeklyReport) -> None:
    """Cut a draft to 60 rows, the size the design speaks of."""
    ids = list(report.lines.order_by("section", "position").values_list("pk", flat=True)[ROWS:])
    ReportLine.objects.filter(pk__in=ids).delete()


def weekly_page(report: WeeklyReport) -> Iterator[Measure]:
    client, address = client_of(f"{report.unit.slug}_clerk"), f"/weekly/{report.period.key}/{report.unit.slug}/"
    get(client, address)
    with CaptureQueriesContext(connection) as queries:
        response = get(client, address)
        asked = len(queries)
    rows = report.lines.count()
    name = f"周调度填报页，{rows} 行"
    page, assets = len(gzip.compress(response.content, 6)), _assets(response.content.decode())
    taken, bare = seconds(lambda: get(client, address)), seconds(lambda: sql.run(sql.GRID, report.pk))
    yield Measure(f"{name}: queries", asked, "", limit="≤ 12", held=asked <= 12)
    yield Measure(f"{name}: server time", taken * 1000, "ms", bare * 1000, "bare SQL", "< 150 ms", taken < 0.150)
    kilobytes = (page + assets) / 1000
    note = f"page {page / 1000:.0f} kB, style and scripts {assets / 1000:.0f} kB (first visit)"
    yield Measure(f"{name}: on the wire, gzip", kilobytes, "kB", limit="< 200 kB", held=kilobytes < 200, note=note)


def _assets(html: str) -> int:
    """Bytes of the style sheets and scripts a page names, as gzip sends them."""
    total = 0
    for address in set(re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', html)):
        file = Path(settings.STATIC_ROOT) / address.removeprefix(settings.STATIC_URL)
        total += len(gzip.compress(file.read_bytes(), 6)) if file.exists() else 0
    return total


def _in_database(client: Client, address: str) -> tuple[int, float]:
    """(queries, median seconds they took) of five calls."""
    found: list[list[float]] = []

    def timed(execute, sql, params, many, context):
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            found[-1].append(time.perf_counter() - begun)

    with connection.execute_wrapper(timed):
        for _ in range(5):
            found.append([])
            get(client, address)
    return len(found[0]), statistics.median(map(sum, found))


def like_projects() -> Iterator[Measure]:
    """One project against the whole library, as registering does (features 2.6); the median of twenty, the slowest in the note."""
    from projects.figures import alike, likeness
    from projects.models import Project

    today, rows = periods.today(), Project.objects.all()
    limits = alike.limits(today)
    drafts = [likeness.traits_of(project) for project in rows.order_by("-pk")[: 20 * 97 : 97]]
    taken = sorted(once(lambda draft=draft: likeness.suspicions(rows, draft, limits)) for draft in drafts)
    note = f"slowest {taken[-1] * 1000:.0f} ms"
    name = f"疑似重复：一个项目对 {rows.count()} 个"
    yield Measure(name, statistics.median(taken) * 1000, "ms", limit="slowest < 300 ms", held=taken[-1] < 0.3, note=note)


def lists() -> Iterator[Measure]:
    year = periods.today().year
    pace = sql.PACE + sql.COUNTY
    for name, address, statements in (
        ("领导看板", "/dashboard/", pace + sql.TREND + sql.WAITING), ("项目库列表", "/projects/", sql.PROJECTS), ("资金台账", "/funds/", sql.LEDGER),
        ("支出进度", "/funds/pace/", pace + pace + sql.EACH + sql.WAITING), ("待支出资金所处环节", "/funds/waiting/", sql.WAITING),
        ("支出均衡度", "/funds/evenness/", sql.TREND), ("前期手续", "/procedures/", sql.PROCEDURES),
        ("手续涉及资金", "/procedures/money/", sql.PROCEDURE_MONEY), ("手续时效统计", "/procedures/times/", sql.PROCEDURE_TIMES),
    ):  # fmt: skip
        client = client_of("office")
        get(client, address)
        asked, in_base = _in_database(client, address)
        taken = seconds(lambda client=client, address=address: get(client, address), rounds=5)
        bare = seconds(lambda statements=statements: sql.run(statements, year), rounds=5)
        note = f"{asked} queries, {in_base * 1000:.0f} ms of them in the database"
        yield Measure(name, taken * 1000, "ms", bare * 1000, "bare SQL", "queries ≤ 3 × floor", in_base <= 3 * bare, note)
