"""Do what is due: `manage.py tick`, or for a given moment `manage.py tick --at 2026-11-20T17:05`."""

from datetime import datetime

from django.core.management.base import BaseCommand, CommandError

from linkage import periods, ticking


class Command(BaseCommand):
    help = "Open, remind, close, compile, seal and sweep whatever is due. Safe to run at any time, twice, or at once."

    def add_arguments(self, parser):
        parser.add_argument(
            "--at", help="moment in ISO 8601, Beijing time unless an offset is given; the present by default"
        )

    def handle(self, *args, at=None, **options):
        outcome = ticking.run(at=_moment(at) if at else None)
        if outcome.busy:
            self.stdout.write("another tick is running; nothing done")
            return
        self.stdout.write(f"done: {', '.join(outcome.done) or 'nothing was due'}")
        if outcome.failed:
            raise CommandError("; ".join(f"{name}: {error}" for name, error in outcome.failed.items()))


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--at {text!r} is no ISO 8601 moment, such as 2026-11-20T17:05") from None
    return at.replace(tzinfo=periods.BEIJING) if at.tzinfo is None else periods.local(at)
