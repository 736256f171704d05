"""manage.py backup --to FOLDER"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from linkage import periods
from linkage.backup import BackupError, backup


class Command(BaseCommand):
    help = "Write the database and the uploaded files, as of one moment, into a new folder with checksums."

    def add_arguments(self, parser):
        parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="where the new folder is made")

    def handle(self, *, to: Path, **options):
        try:
            made = backup(to, at=periods.local(periods.now()))
        except (BackupError, OSError) as error:
            raise CommandError(f"No backup was made: {error}") from error
        self.stdout.write(str(made))
