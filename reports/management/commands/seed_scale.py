"""`manage.py seed_scale --counties 120 --projects 12000 --weeks 52`: data of the size of a province, for measuring."""

import time

from django.core.management.base import BaseCommand, CommandError

from linkage import periods
from reports.scale.build import Size, build


class Command(BaseCommand):
    help = "Load data of the size of a province (624,000 report lines by default). Needs an empty database."

    def add_arguments(self, parser):
        whole = Size()
        parser.add_argument("--counties", type=int, default=whole.counties)
        parser.add_argument("--projects", type=int, default=whole.projects, help="in all counties together")
        parser.add_argument("--weeks", type=int, default=whole.weeks, help="reporting periods, the newest one due last")

    def handle(self, *args, **options):
        size = Size(options["counties"], options["projects"], options["weeks"])
        if not (1 <= size.counties <= 999 and size.counties <= size.projects and 1 <= size.weeks <= 520):
            raise CommandError("Need 1 to 999 counties, at least one project per county, and 1 to 520 weeks.")
        begun = time.monotonic()
        try:
            build(size, at=periods.now(), echo=lambda words: self.stdout.write(f"  {words}（{time.monotonic() - begun:.0f} 秒）"))
        except ValueError as error:
            raise CommandError("数据库不是空的；规模数据只载入空库。") from error
