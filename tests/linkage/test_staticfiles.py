"""Collected static files: only hashed names are kept, so whatever names another file must name its hashed one."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage

from linkage.staticfiles import StaticStorage

SOURCE = Path(settings.BASE_DIR) / "static"
SCRIPTS = sorted(file.relative_to(SOURCE).as_posix() for file in (SOURCE / "js").rglob("*.js"))
_IMPORT = re.compile(r'\bfrom\s*"(\.[^"]+)"')


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """Source name → file as the pages load it, after collectstatic's post-processing of our scripts."""
    root = tmp_path_factory.mktemp("static")
    source, storage = FileSystemStorage(SOURCE), StaticStorage(location=root, base_url="/static/")
    for name in SCRIPTS:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes((SOURCE / name).read_bytes())
    for _name, _hashed, outcome in storage.post_process({name: (source, name) for name in SCRIPTS}):
        assert not isinstance(outcome, Exception), outcome
    return {name: root / storage.hashed_files[storage.hash_key(name)] for name in SCRIPTS}


def test_scripts_that_import_others_are_among_them(collected):
    """Else the next test would pass whatever happens."""
    assert _IMPORT.search(collected["js/weekly/grid.js"].read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_collected_script_imports_only_files_that_are_kept(collected, name):
    file, kept = collected[name], {path.resolve() for path in collected.values()}
    imported = [(file.parent / address).resolve() for address in _IMPORT.findall(file.read_text(encoding="utf-8"))]
    assert [path.name for path in imported if path not in kept] == []
