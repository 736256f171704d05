"""`manage.py check_figures`: recompute every money identity and say where a figure differs from its rows."""

from django.core.management.base import BaseCommand, CommandError

from funds.checks import check_figures


class Command(BaseCommand):
    help = "Recompute running totals and grouped figures; exit code 1 with the list when anything differs."

    def handle(self, *args, **options):
        problems = check_figures()
        for problem in problems:
            self.stdout.write(f"{problem.row_label} {problem.message} {problem.repair}")
        if problems:
            raise CommandError(f"资金恒等式有 {len(problems)} 处不符。")
        self.stdout.write("资金恒等式全部成立。")
