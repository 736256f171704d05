"""The drill: write, back up, damage, restore, compare, in processes of its own as an operator would do it, on whichever
engine the suite runs on. Everything that is wrong is refused before anything is touched."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection

from linkage.backup import BackupError, bundle, read_verified

ROOT = Path(__file__).resolve().parents[2]

WRITE = """
from pathlib import Path
from django.conf import settings
from linkage import audit, periods
from linkage.models import Region
region = Region.objects.create(slug="huma", name="呼玛县", kind="COUNTY", path="hlj/dxal/huma/")
audit.record(by=None, verb="建立", target=region)
audit.seal(at=periods.now())
(Path(settings.MEDIA_ROOT) / "uploads").mkdir(parents=True, exist_ok=True)
(Path(settings.MEDIA_ROOT) / "uploads" / "扫描件.pdf").write_bytes(b"signed and sealed")
"""
DAMAGE = """
from pathlib import Path
from django.conf import settings
from linkage.models import Region
Region.objects.update(name="damaged")
Region.objects.create(slug="tahe", name="塔河县", kind="COUNTY", path="hlj/dxal/tahe/")
(Path(settings.MEDIA_ROOT) / "uploads" / "扫描件.pdf").unlink()
(Path(settings.MEDIA_ROOT) / "later.txt").write_text("written after the backup")
"""
LOOK = """
import json
from pathlib import Path
from django.conf import settings
from django.db import DatabaseError, transaction
from linkage.models import AuditEvent, Region
try:
    with transaction.atomic():
        AuditEvent.objects.update(verb="rewritten")
    guarded = False
except DatabaseError:
    guarded = True
files = sorted(file for file in Path(settings.MEDIA_ROOT).rglob("*") if file.is_file())
print(json.dumps({
    "regions": list(Region.objects.order_by("pk").values_list("slug", "name")),
    "files": {file.name: file.read_text() for file in files},
    "audit": list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True)),
    "guarded": guarded,
    "next": Region.objects.create(slug="next", name="next", kind="COUNTY", path="x/").pk,
}))
"""


class Installation:
    """A data directory and a database of its own, spoken to through manage.py."""

    def __init__(self, folder: Path, database_url: str):
        self.folder = folder
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "linkage.settings",
            "LINKAGE_MODE": "demo",
            "LINKAGE_DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
        }

    def manage(self, *arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True)

    def run(self, *arguments: str) -> str:
        done = self.manage(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def script(self, text: str) -> str:
        return self.run("shell", "--no-imports", "-c", text)

    def refused(self, *arguments: str) -> str:
        done = self.manage(*arguments)
        assert done.returncode == 1, done.stdout + done.stderr
        return done.stderr


@pytest.fixture
def installation(tmp_path, django_db_setup, django_db_blocker):
    data = tmp_path / "data"
    if connection.vendor == "sqlite":
        yield Installation(data, "")
        return
    with django_db_blocker.unblock():
        at = connection.settings_dict
    where = {
        "host": at["HOST"] or None,
        "port": at["PORT"] or None,
        "user": at["USER"],
        "password": at["PASSWORD"] or None,
    }
    name = f"{at['NAME']}_drill"
    with psycopg.connect(dbname="postgres", autocommit=True, **where) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')
        server.execute(f'CREATE DATABASE "{name}"')
        password = f":{quote(at['PASSWORD'])}" if at["PASSWORD"] else ""
        yield Installation(data, f"postgres://{at['USER']}{password}@{at['HOST']}:{at['PORT'] or 5432}/{name}")
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def flip_a_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def test_drill(installation, tmp_path):
    """Back up, go on working, break things, restore: rows, files, audit guard and numbering are as they were."""
    installation.run("migrate", "-v", "0")
    installation.script(WRITE)
    made = Path(installation.run("backup", "--to", str(tmp_path / "backups")))
    installation.script(DAMAGE)

    assert "--replace" in installation.refused("restore", str(made))
    damaged = tmp_path / "damaged"
    shutil.copytree(made, damaged)
    flip_a_byte(max((damaged / "database").iterdir(), key=lambda file: file.stat().st_size))
    assert "Damaged" in installation.refused("restore", str(damaged), "--replace")
    still = json.loads(installation.script(LOOK))
    assert still["regions"] == [["huma", "damaged"], ["tahe", "塔河县"]]
    assert still["files"] == {"later.txt": "written after the backup"}

    installation.run("restore", str(made), "--replace")
    now = json.loads(installation.script(LOOK))
    assert now["regions"] == [["huma", "呼玛县"]]
    assert now["files"] == {"扫描件.pdf": "signed and sealed"}
    assert now["audit"] == ["建立", "恢复备份"]
    assert now["guarded"] is True
    assert now["next"] > 1
    assert not list(installation.folder.glob("*.incoming")) + list(installation.folder.glob("*.outgoing"))


def test_restores_into_an_empty_installation(installation, tmp_path):
    """A new machine: no tables yet, no --replace needed. A backup of a newer version is refused there."""
    installation.run("migrate", "-v", "0")
    installation.script(WRITE)
    made = Path(installation.run("backup", "--to", str(tmp_path / "backups")))
    if connection.vendor == "sqlite":
        empty = Installation(tmp_path / "other", "")
    else:
        empty = installation
        empty.script(
            "from django.db import connection as c; from linkage.backup.postgres import DROP_ALL; c.cursor().execute(DROP_ALL)"
        )
        shutil.rmtree(installation.folder / "files")

    newer = tmp_path / "newer"
    shutil.copytree(made, newer)
    manifest = json.loads((newer / bundle.MANIFEST).read_text(encoding="utf-8"))
    manifest["migrations"].append(["linkage", "9999_from_the_future"])
    (newer / bundle.MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    (newer / bundle.SEAL).write_text(bundle._sha256(newer / bundle.MANIFEST), encoding="ascii")
    assert "9999_from_the_future" in empty.refused("restore", str(newer))

    empty.run("restore", str(made))
    assert json.loads(empty.script(LOOK))["regions"] == [["huma", "呼玛县"]]


def test_a_database_in_use_is_not_replaced(installation, tmp_path):
    """SQLite: the file is swapped, so no other process may hold it. (PostgreSQL sorts this out with its locks.)"""
    if connection.vendor != "sqlite":
        pytest.skip("files are swapped on SQLite only")
    import sqlite3

    installation.run("migrate", "-v", "0")
    made = Path(installation.run("backup", "--to", str(tmp_path / "backups")))
    other = sqlite3.connect(installation.folder / "linkage.sqlite3")
    try:
        assert other.execute("SELECT count(*) FROM linkage_region").fetchone() == (0,)
        assert "in use" in installation.refused("restore", str(made), "--replace")
    finally:
        other.close()
    installation.run("restore", str(made), "--replace")


@pytest.fixture
def folder(tmp_path):
    """A small backup folder, written as `backup` writes it."""
    from linkage import periods

    made = tmp_path / "backup"
    for name in ("database/table.copy", "files/a/scan.pdf", "files/b.txt"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(f"content of {name}", encoding="utf-8")
    rows = {"table": 1}
    bundle.write_manifest(
        made, version="0", created_at=periods.now(), engine="sqlite", migrations=[("a", "1")], rows=rows
    )
    return made


def test_an_untouched_backup_is_read(folder):
    manifest = read_verified(folder)
    assert set(manifest.members) == {"database/table.copy", "files/a/scan.pdf", "files/b.txt"}
    assert manifest.migrations == [("a", "1")]


@pytest.mark.parametrize("name", ["database/table.copy", "files/a/scan.pdf", "files/b.txt", bundle.MANIFEST])
def test_one_flipped_byte_is_refused(folder, name):
    flip_a_byte(folder / name)
    with pytest.raises(BackupError, match=name):
        read_verified(folder)


def test_all_damages_are_named_at_once(folder):
    (folder / "files/b.txt").unlink()
    (folder / "files/added.txt").write_text("not from the backup", encoding="utf-8")
    flip_a_byte(folder / "files/a/scan.pdf")
    with pytest.raises(BackupError, match=r"files/a/scan\.pdf, files/added\.txt, files/b\.txt"):
        read_verified(folder)


def test_an_unfinished_backup_is_refused(folder):
    (folder / bundle.SEAL).unlink()
    with pytest.raises(BackupError, match="no complete backup"):
        read_verified(folder)
