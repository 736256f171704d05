"""API tokens act as interface accounts only. Tokens made earlier in the name of a person end here."""

from django.db import migrations, models
from django.db.models.functions import Now


def end_tokens_of_people(apps, schema_editor):
    apps.get_model("linkage", "ApiToken").objects.filter(revoked_at=None).update(revoked_at=Now())


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("linkage", "0004_import_rows"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="is_service",
            field=models.BooleanField(default=False, help_text="供外部系统凭令牌调用接口，任何人不能用它登录", verbose_name="接口账号"),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_service", False),
                    models.Q(("must_change_password", False), ("password__startswith", "!")),
                    _connector="OR",
                ),
                name="user_service_never_logs_in",
                violation_error_message="接口账号不设密码，不能登录。",
            ),
        ),
        migrations.RunPython(end_tokens_of_people, migrations.RunPython.noop),
    ]
