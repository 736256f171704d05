"""Audit rows and seals, signed versions and roll-ups are append-only: triggers refuse changes on both engines."""

from django.db import migrations

TABLES = ("linkage_auditevent", "linkage_auditseal")

POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION linkage_refuse_change() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'append-only: % is refused on %', TG_OP, TG_TABLE_NAME;
END;
$$ LANGUAGE plpgsql;
"""


def forwards(apps, schema_editor):
    run = schema_editor.execute
    if schema_editor.connection.vendor == "postgresql":
        run(POSTGRES_FUNCTION, params=None)  # None: the % signs are the function's own
    for table in TABLES:
        for statement in create_statements(table, schema_editor.connection.vendor):
            run(statement)


def backwards(apps, schema_editor):
    for table in TABLES:
        for statement in drop_statements(table, schema_editor.connection.vendor):
            schema_editor.execute(statement)


def create_statements(table, vendor):
    if vendor == "postgresql":
        return [
            f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION linkage_refuse_change()",
            f"CREATE TRIGGER {table}_keep_all BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION linkage_refuse_change()",
        ]
    return [
        f"CREATE TRIGGER {table}_keep_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'append-only: {verb} is refused on {table}'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def drop_statements(table, vendor):
    if vendor == "postgresql":
        return [f"DROP TRIGGER {table}_keep ON {table}", f"DROP TRIGGER {table}_keep_all ON {table}"]
    return [f"DROP TRIGGER {table}_keep_{verb}" for verb in ("update", "delete")]


class Migration(migrations.Migration):
    dependencies = [("linkage", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards, elidable=False)]
