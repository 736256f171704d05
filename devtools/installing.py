"""Packages, style files, static files: each stamped with what it was made from, so that a second start does nothing twice
and an interrupted one is noticed and redone."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
VENDOR = ROOT / "var" / "vendor"
REQUIREMENTS = ROOT / "requirements"

# In the wheels of requirements/assets.txt → under var/vendor.
ASSETS = {
    "bootstrap/css/bootstrap.min.css": "bootstrap/bootstrap.min.css",
    "bootstrap/js/bootstrap.bundle.min.js": "bootstrap/bootstrap.bundle.min.js",
    "instaui_echarts/static/echarts.esm.min.js": "echarts/echarts.esm.min.js",
}


class Problem(Exception):
    """Something the person at the keyboard can mend: shown as text, without a traceback."""


def say(text: str) -> None:
    print(text, flush=True)


def data_dir() -> Path:
    return Path(os.environ.get("LINKAGE_DATA_DIR") or ROOT / "var" / "data").resolve()


def static_root() -> Path:
    return Path(os.environ.get("LINKAGE_STATIC_ROOT") or ROOT / "var" / "static").resolve()


def demo_environment(**more: str) -> dict:
    """For our own processes: the settings' demo mode, whatever the shell has been used for before."""
    ours = {"LINKAGE_MODE": "demo", "DJANGO_SETTINGS_MODULE": "linkage.settings", "LINKAGE_DATA_DIR": str(data_dir())}
    return {**os.environ, **ours, "PYTHONUNBUFFERED": "1", **more}


def manage(*arguments: str) -> list:
    return [str(PYTHON), str(ROOT / "manage.py"), *arguments]


def fingerprint(*files: Path) -> str:
    """Changes when a file's content or the Python version does."""
    digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def stamped(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text(encoding="ascii") == wanted


def make_environment() -> None:
    """Create .venv; explain what is missing where Python came without its `venv` parts (Debian, Ubuntu)."""
    if shutil.which("uv") and subprocess.run(["uv", "venv", "-q", "--python", sys.executable, VENV]).returncode == 0:
        return
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        version = "{}.{}".format(*sys.version_info[:2])
        raise Problem(
            f"This Python has no `venv` module. On Debian or Ubuntu install it with:\n"
            f"    sudo apt-get install python{version}-venv\nand start again."
        ) from None
    venv.EnvBuilder(with_pip=True, clear=True, symlinks=True).create(VENV)


def pip_install(*arguments: str) -> bool:
    """Install with uv where it is there, else (or when it fails) with pip; nothing is compiled yet."""
    if (
        shutil.which("uv")
        and subprocess.run(["uv", "pip", "install", "-q", "--python", str(PYTHON), *arguments]).returncode == 0
    ):
        return True
    if subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode != 0:
        subprocess.run([PYTHON, "-m", "ensurepip"], capture_output=True)
    command = [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile", *arguments]
    return subprocess.run(command).returncode == 0


def compile_packages() -> None:
    """Once, on all cores, instead of at every start (a machine may forbid writing bytecode while running)."""
    command = [str(PYTHON), "-m", "compileall", "-q", "-j", "0", str(VENV / "lib")]
    subprocess.run(command, stdout=subprocess.DEVNULL)  # packages ship files that are no Python; they stay uncompiled


def install(lock: str) -> None:
    """Make .venv hold requirements/<lock>.txt. `dev` contains `base`. An interrupted installation starts from scratch."""
    wanted = fingerprint(REQUIREMENTS / f"{lock}.txt")
    unfinished = VENV / "unfinished"
    if unfinished.exists():
        say("The last installation was interrupted: starting it again.")
    elif PYTHON.exists() and stamped(VENV / f"installed-{lock}", wanted):
        return
    if unfinished.exists() or (VENV.exists() and not PYTHON.exists()):
        shutil.rmtree(VENV)
    say("Installing packages (once, or after a change of the lock) ...")
    if not VENV.exists():
        make_environment()
    unfinished.touch()
    if not pip_install("--require-hashes", "-r", str(REQUIREMENTS / f"{lock}.txt")):
        raise Problem("Installing the packages failed (see above). Is the package index reachable? Then start again.")
    compile_packages()
    for name in ("base", "dev") if lock == "dev" else ("base",):
        (VENV / f"installed-{name}").write_text(fingerprint(REQUIREMENTS / f"{name}.txt"), encoding="ascii")
    unfinished.unlink()


def install_assets() -> None:
    """Take Bootstrap and ECharts out of their wheels into var/vendor. The packages themselves are never imported."""
    wanted = fingerprint(REQUIREMENTS / "assets.txt") + hashlib.sha256(repr(ASSETS).encode()).hexdigest()
    stamp = ROOT / "var" / "vendor.stamp"
    if stamped(stamp, wanted) and VENDOR.is_dir():
        return
    wheels = ROOT / "var" / "wheels"
    for folder in (wheels, VENDOR):
        shutil.rmtree(folder, ignore_errors=True)
    arguments = ["--no-deps", "--require-hashes", "--target", str(wheels), "-r", str(REQUIREMENTS / "assets.txt")]
    if not pip_install(*arguments):
        raise Problem("Fetching the style and chart files failed (see above). Is the package index reachable?")
    for source, target in ASSETS.items():
        (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(wheels / source, VENDOR / target)
    shutil.rmtree(wheels)
    stamp.write_text(wanted, encoding="ascii")


def static_fingerprint() -> str:
    """Of everything collectstatic reads: our files by name, size and time, the packages by their locks."""
    ours = (ROOT / "linkage" / "settings.py", ROOT / "linkage" / "staticfiles.py")
    locks = fingerprint(REQUIREMENTS / "base.txt", REQUIREMENTS / "assets.txt", *ours)
    digest = hashlib.sha256(locks.encode())
    for file in sorted((ROOT / "static").rglob("*")):
        digest.update(f"{file.relative_to(ROOT)} {file.stat().st_size} {file.stat().st_mtime_ns}".encode())
    return digest.hexdigest()


def run_together(steps: dict[str, list]) -> None:
    """Run the commands side by side and wait for all; the first that failed is the problem."""
    running = {name: subprocess.Popen(command, cwd=ROOT, env=demo_environment()) for name, command in steps.items()}
    try:
        failed = [name for name, process in running.items() if process.wait() != 0]
    finally:
        for process in running.values():
            process.kill()  # nothing happens to one that has ended
    if failed:
        raise Problem(f"Failed: {', '.join(failed)} (see above).")


def prepare(*, migrate: bool) -> None:
    """Static files when they changed and, for a running system, the database schema."""
    wanted, steps = static_fingerprint(), {}
    stamp = static_root().with_name(static_root().name + ".stamp")
    if not (stamped(stamp, wanted) and (static_root() / "staticfiles.json").is_file()):
        say("Collecting static files ...")
        steps["collectstatic"] = manage(
            "collectstatic", "--noinput", "--clear", "-v", "0", "-i", "*.map", "-i", "redoc"
        )
    if migrate:
        steps["migrate"] = manage("migrate", "--noinput", "-v", "0")
    run_together(steps)
    stamp.write_text(wanted, encoding="ascii")
