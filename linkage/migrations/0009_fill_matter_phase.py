"""The matters of the initial data that belong to 建设实施 and 资金拨付; every other one is a 前期手续."""

from django.db import migrations

PHASES = {"construction": ("construction", "acceptance"), "payment": ("payment",)}


def fill(apps, schema_editor):
    for phase, codes in PHASES.items():
        apps.get_model("linkage", "Matter").objects.filter(code__in=codes).update(phase=phase)


class Migration(migrations.Migration):
    dependencies = [("linkage", "0008_contacts")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
