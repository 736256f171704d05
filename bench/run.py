"""One engine: load unless it is loaded, measure step by step, give the measures as JSON lines. Started by `bench`."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Iterator

import django

from .measure import Measure
from .steps import STEPS


def load(size) -> Iterator[Measure]:
    """Fill the database; one that was kept is taken as it is and gives no line."""
    from linkage import periods
    from reports.models import Period
    from reports.scale.build import build

    if Period.objects.exists():
        return
    begun = time.perf_counter()
    build(size, at=periods.now(), echo=lambda words: print(f"  {words}（{time.perf_counter() - begun:.0f} 秒）", file=sys.stderr))
    yield Measure(f"seed_scale：{size.counties} 县，{size.projects} 个项目，{size.weeks} 期 = {size.lines} 行", time.perf_counter() - begun, "s")


def steps(import_rows: int) -> dict[str, Callable[[], Iterator[Measure]]]:
    from . import files, pages, treasury, weekly_book, work

    return {
        "pages": pages.lists, "alike": pages.like_projects, "export": lambda: files.exporting(100_000), "opening": work.opening,
        "weekly": lambda: pages.weekly_page(work.fresh_report()),
        "book": lambda: weekly_book.weekly_book(work.fresh_report()), "submit": work.submitting, "rollup": work.rolling_up, "trail": work.trail,
        "import": lambda: files.importing(import_rows), "treasury": lambda: treasury.importing(5 * import_rows),
    }  # fmt: skip


def everything(size, import_rows: int, wanted: list[str]) -> Iterator[tuple[str, Measure]]:
    from django.core.management import call_command

    from linkage import periods, rules

    from . import work

    call_command("migrate", verbosity=0)
    for measure in load(size):
        yield "load", measure
    gc.freeze()  # as linkage/wsgi.py does
    of_step = steps(import_rows)
    for name in [step for step in STEPS if step in wanted and step in of_step]:
        with periods.clock(work.next_monday()), rules.one_book():
            for measure in of_step[name]():
                yield name, measure


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linkage.settings")
    django.setup()
    from reports.scale.build import Size

    counties, projects, weeks, import_rows = map(int, arguments[:4])
    for step, measure in everything(Size(counties, projects, weeks), import_rows, arguments[4:]):
        print(json.dumps({"step": step} | measure.as_dict(), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
