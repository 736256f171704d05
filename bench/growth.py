"""How much one import grows a process that has done nothing before. Started by `bench.files`: python -m bench.growth USER FILE."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

import django


def main(username: str, path: str) -> None:
    """Prints the MB by which its peak has grown; the process that reads the file is another one and does not count."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linkage.settings")
    django.setup()
    from linkage import periods, rules
    from linkage.imports.base import kind_of
    from linkage.models import User

    from . import files, work

    with periods.clock(work.next_monday()), rules.one_book():
        by, kind = User.objects.get(username=username), kind_of("projects")
        before = _peak()
        files.import_whole(by, kind, Path(path).read_bytes())
        print((_peak() - before) / 1024)


def _peak() -> int:
    """The most resident kB so far. Not ru_maxrss where it can be helped: that one starts with what the parent had."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(*sys.argv[1:])
