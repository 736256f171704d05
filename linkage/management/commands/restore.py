"""manage.py restore FOLDER [--replace]"""

from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction

from linkage import audit, periods
from linkage.backup import BackupError, restore
from linkage.models import Watermark


class Command(BaseCommand):
    help = "Put the database and the files back as they were in a backup, all or nothing, then migrate to this version."

    def add_arguments(self, parser):
        parser.add_argument("source", type=Path, metavar="FOLDER", help="a folder made by `manage.py backup`")
        parser.add_argument("--replace", action="store_true", help="give up what is in the database and file store now")

    def handle(self, *, source: Path, replace: bool, **options):
        try:
            manifest = restore(source, replace=replace)
        except (BackupError, DatabaseError, OSError) as error:
            raise CommandError(f"Nothing was changed: {error}") from error
        call_command("migrate", interactive=False, verbosity=0)
        with transaction.atomic():
            mark, _ = Watermark.objects.update_or_create(name="restore", defaults={"at": periods.now()})
            audit.record(by=None, verb="恢复备份", target=mark, after={"备份时间": manifest.created_at})
        self.stdout.write(f"Restored: state of {manifest.created_at}, {len(manifest.members)} files checked.")
