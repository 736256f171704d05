"""manage.py seed_reference: the reference data of 大兴安岭地区. Twice changes nothing."""

from django.core.management.base import BaseCommand

from linkage import reference


class Command(BaseCommand):
    help = "载入大兴安岭地区参考数据（地区、别名、机构、职能、任务、事项、词表）；重复执行不改变已有内容，不建账号。"

    def handle(self, *args, **options):
        added = reference.load()
        if not added:
            self.stdout.write("参考数据已齐全，未作改动。")
            return
        self.stdout.write("已载入：" + "、".join(f"{name} {count}" for name, count in added.items()))
