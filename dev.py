#!/usr/bin/env python3
"""Everything a machine with only Python 3.11 needs: `python3 dev.py demo` and `python3 dev.py test`.

Standard library only. The environment is made in .venv from the hash-pinned locks in requirements/, style and chart files
go to var/vendor, static files to var/static, data to var/data (LINKAGE_DATA_DIR).
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys

from devtools import demo, installing
from devtools.installing import Problem, demo_environment, manage, say

CHECKS = {
    "ruff": ["-m", "ruff", "check", "--quiet", "."],
    "djlint": ["-m", "djlint", "--lint", "--quiet", "templates"],
    "import contracts": [".venv/bin/lint-imports", "--no-cache"],
    "mypy": ["-m", "mypy"],
    "migrations": ["manage.py", "makemigrations", "--check", "--dry-run", "-v", "1"],
}


def check() -> bool:
    """Run every check, each whatever the others say; quiet ones are good."""
    installing.install("dev")
    env, bad = demo_environment(LINKAGE_DATA_DIR=str(installing.ROOT / "var" / "check")), []
    for name, command in CHECKS.items():
        result = subprocess.run(
            [installing.PYTHON, *command], cwd=installing.ROOT, env=env, capture_output=True, text=True
        )
        say(f"{name:<18} {'ok' if result.returncode == 0 else 'FAILED'}")
        if result.returncode != 0:
            bad.append(name)
            say(result.stdout + result.stderr)
    return not bad


def test(arguments: list) -> bool:
    """All checks and the whole suite; with arguments only pytest, which gets them. The browser part runs by itself:
    beside the others it is slower on two cores."""
    installing.install("dev")
    installing.install_assets()
    if arguments:
        return subprocess.run([installing.PYTHON, "-m", "pytest", *arguments], cwd=installing.ROOT).returncode == 0
    checked = check()
    plain = subprocess.run(
        [installing.PYTHON, "-m", "pytest", "-q", "-n", "2", "-m", "not browser"], cwd=installing.ROOT
    ).returncode
    browser = subprocess.run([installing.PYTHON, "-m", "pytest", "-q", "-m", "browser"], cwd=installing.ROOT).returncode
    if not checked:
        say("A check failed: see above the tests.")
    return checked and plain == 0 and browser in (0, 5)  # 5: no test of that kind in the tree


def bench(arguments: list) -> bool:
    installing.install("dev")
    installing.install_assets()
    return subprocess.run([installing.PYTHON, "-m", "bench", *arguments], cwd=installing.ROOT).returncode == 0


def fuzz(arguments: list) -> bool:
    """Mutated real tables against the reader, 60 seconds unless told otherwise; see tests/fuzz.py."""
    installing.install("dev")
    return subprocess.run([installing.PYTHON, "-m", "tests.fuzz", *arguments], cwd=installing.ROOT).returncode == 0


def use_new_enough_python() -> None:
    """On a machine whose python3 is older, go on with a newer one if there is one."""
    if os.name == "nt":
        raise Problem("This runs on Linux and macOS; on Windows use WSL or docker compose up.")
    version = tuple(sys.version_info)
    if version >= (3, 11):
        return
    for minor in range(14, 10, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, *sys.argv])  # noqa: S606
    raise Problem(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}.")


USAGE = """\
python3 dev.py demo            install, load the demo years, run web, worker and clock; LINKAGE_PORT=8001 for another port
python3 dev.py test [...]      checks and the whole suite; with arguments only pytest with them
python3 dev.py check           ruff, djlint, import contracts, mypy, missing migrations
python3 dev.py bench [...]     measure; see docs/performance.md
python3 dev.py fuzz [...]      damaged tables against the reader: --seconds 60 --seed 7
python3 dev.py manage ...      Django's manage.py in the installed environment
python3 dev.py install         packages, style and static files, nothing is started; --packages: packages only"""


def run(command: str, arguments: list) -> bool:
    if command == "demo":
        demo.demo()
    elif command == "test":
        return test(arguments)
    elif command == "check":
        return check()
    elif command == "bench":
        return bench(arguments)
    elif command == "fuzz":
        return fuzz(arguments)
    elif command == "manage":
        installing.install("base")
        return subprocess.run(manage(*arguments), cwd=installing.ROOT, env=demo_environment()).returncode == 0
    elif command == "install":
        installing.install("base")
        if "--packages" not in arguments:
            installing.install_assets()
            installing.prepare(migrate=False)
    else:
        say(USAGE)
        return command in ("", "help", "-h", "--help")
    return True


def main(arguments: list) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no Chinese shows question marks
    try:
        use_new_enough_python()
        return 0 if run(arguments[0] if arguments else "", arguments[1:]) else 1
    except Problem as problem:
        say(f"\n{problem}")
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 0 if arguments[:1] == ["demo"] else 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
