"""Recompute the audit chain: `manage.py verify_audit`. Exit status 1 and one line per finding when it does not hold."""

from django.core.management.base import BaseCommand, CommandError

from linkage import audit


class Command(BaseCommand):
    help = "Verify the hash chain of the audit trail: breaks, gaps, and events left unsealed for over five minutes."

    def handle(self, *args, **options):
        findings = audit.verify()
        if findings:
            raise CommandError("\n".join(findings))
        self.stdout.write(f"审计链完整，最新散列 {audit.head_hash() or '（尚无记录）'}")
