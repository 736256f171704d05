"""The folder a backup is: database/, files/, manifest.json with the sha256 of everything, and the manifest's own."""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.sha256"


class BackupError(Exception):
    """A backup cannot be made or must not be restored; the message says why and what to do."""


@dataclass(frozen=True)
class Manifest:
    version: str
    created_at: str  # ISO 8601
    engine: str
    migrations: list[tuple[str, str]]
    rows: dict[str, int]  # table → number of rows
    members: dict[str, str]  # path in the folder → sha256
    format: int = FORMAT


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def copy_tree(source: Path, target: Path) -> None:
    """All of `source`, which may be missing, into the new folder `target`."""
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        target.mkdir(parents=True)


def _members(folder: Path) -> dict[str, str]:
    files = sorted(file for part in ("database", "files") for file in (folder / part).rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): _sha256(file) for file in files}


def write_manifest(
    folder: Path, *, version: str, created_at: datetime, engine: str, migrations: list, rows: dict
) -> None:
    manifest = Manifest(version, created_at.isoformat(), engine, migrations, rows, _members(folder))
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    (folder / SEAL).write_text(_sha256(folder / MANIFEST), encoding="ascii")


def read_verified(folder: Path) -> Manifest:
    """The manifest, after every file has been read and found as it was written. Names all damaged ones at once."""
    if not (folder / MANIFEST).is_file() or not (folder / SEAL).is_file():
        raise BackupError(f"{folder} is no complete backup: {MANIFEST} or {SEAL} is missing.")
    if _sha256(folder / MANIFEST) != (folder / SEAL).read_text(encoding="ascii").strip():
        raise BackupError(f"{MANIFEST} was changed after the backup was written.")
    read = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if read["format"] != FORMAT:
        raise BackupError(f"Backup format {read['format']} is not known here (known: {FORMAT}).")
    manifest = Manifest(**read | {"migrations": [(app, name) for app, name in read["migrations"]]})
    found = _members(folder)
    wrong = [
        name for name in sorted(manifest.members.keys() | found.keys()) if manifest.members.get(name) != found.get(name)
    ]
    if wrong:
        raise BackupError("Damaged, missing or added in the backup: " + ", ".join(wrong))
    return manifest
