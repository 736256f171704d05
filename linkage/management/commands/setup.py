"""manage.py setup: the only shell command of the first day. Everything else happens at /setup/ (features 12.6)."""

from django.core.management.base import BaseCommand, CommandError

from linkage.actions import setup
from linkage.errors import Refusal


class Command(BaseCommand):
    help = "空系统首日：建立三员账号（系统管理员、安全管理员、安全审计员），一次性口令只在这里显示一次。"

    def add_arguments(self, parser):
        parser.add_argument("--again", action="store_true", help="口令遗失：为现有三员重新生成一次性口令")
        parser.add_argument("--province", default="黑龙江省", help="省的名称（空系统时建立）")
        parser.add_argument("--province-slug", default="hlj", help="省的标识（建立后不能改）")

    def handle(self, *args, **options):
        try:
            if options["again"]:
                accounts = setup.repair_trio()
            else:
                accounts = setup.create_trio(province_slug=options["province_slug"], province_name=options["province"])
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write("三员须由三人分别担任。一次性口令只显示这一次，首次登录须修改：\n\n")
        for account in accounts:
            self.stdout.write(f"  {account.role}　用户名 {account.username}　一次性口令 {account.password}\n")
        self.stdout.write("\n接下来在浏览器中打开 /setup/，按步骤完成首日设置。\n")
