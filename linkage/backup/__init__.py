"""Backup and restore: the database and the uploaded files as one point in time (design.md §7).

The database is copied from one consistent snapshot, the files after it: every file that a row of the snapshot names was on
disk before the row was committed, and files are never changed or removed. What came later and is named by no row does no
harm. Both engines are read with their own means (SQLite's backup call, PostgreSQL's COPY), so no client tools of a
matching version are needed.

Restoring replaces everything, or nothing. Append-only tables stay append-only: they are not emptied row by row, the whole
database is made anew.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from linkage import __version__

from . import postgres, sqlite
from .bundle import BackupError, Manifest, copy_tree, read_verified, write_manifest

__all__ = ["BackupError", "Manifest", "backup", "read_verified", "restore"]

ENGINES = {"sqlite": sqlite, "postgresql": postgres}
OUR_APPS = ("linkage", "projects", "funds", "issues", "reports")


def backup(to: Path, *, at: datetime) -> Path:
    """Write a new folder `linkage-<date>-<time>` under `to` and give its path. Until it is complete it is named *.partial."""
    final = to / f"linkage-{at:%Y%m%d-%H%M%S}"
    partial = final.with_name(final.name + ".partial")
    if final.exists():
        raise BackupError(f"{final} is there already.")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "database").mkdir(parents=True)
    rows = ENGINES[connection.vendor].dump(partial / "database")
    copy_tree(Path(settings.MEDIA_ROOT), partial / "files")
    migrations = sorted(MigrationLoader(connection).applied_migrations)
    write_manifest(
        partial, version=__version__, created_at=at, engine=connection.vendor, migrations=migrations, rows=rows
    )
    partial.rename(final)
    return final


def restore(source: Path, *, replace: bool = False) -> Manifest:
    """Make the database and the files what they were in the backup at `source`.

    Everything that can be wrong is looked at first: checksums, engine, version, a database in use or not empty.
    """
    manifest = read_verified(source)
    if manifest.engine != connection.vendor:
        raise BackupError(f"This backup is of {manifest.engine}, the database here is {connection.vendor}.")
    unknown = sorted(set(manifest.migrations) - set(MigrationLoader(None).disk_migrations or ()))
    if unknown:
        raise BackupError(
            f"This backup was made by a newer version ({manifest.version}): {unknown[0]} is not known here."
        )
    media = Path(settings.MEDIA_ROOT)
    if not replace and (_has_rows() or (media.is_dir() and any(media.iterdir()))):
        raise BackupError("The database or the file store here is not empty: give --replace to give up what is there.")
    with _staged_files(source / "files", media) as swap_files:
        ENGINES[connection.vendor].load(source / "database", manifest, swap_files)
    return manifest


def _has_rows() -> bool:
    """Is there anything but what an empty installation has?"""
    tables = set(connection.introspection.table_names())
    models = [model for app in OUR_APPS for model in apps.get_app_config(app).get_models()]
    return any(model._meta.db_table in tables and model._default_manager.exists() for model in models)


@contextmanager
def _staged_files(source: Path, target: Path) -> Iterator[Callable[[], None]]:
    """Copy the files beside their place first; the yielded call puts them there; any later error takes them back."""
    incoming, outgoing = (target.with_name(f"{target.name}.{word}") for word in ("incoming", "outgoing"))
    for left_over in (incoming, outgoing):
        shutil.rmtree(left_over, ignore_errors=True)
    copy_tree(source, incoming)
    swapped = False

    def swap() -> None:
        nonlocal swapped
        target.mkdir(parents=True, exist_ok=True)
        target.rename(outgoing)
        incoming.rename(target)
        swapped = True

    try:
        yield swap
    except BaseException:
        if swapped:
            target.rename(incoming)
        if outgoing.exists():
            outgoing.rename(target)
        raise
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    shutil.rmtree(outgoing, ignore_errors=True)
