"""dev.py on machines that are not as one would like: each mishap is explained, and survived at the next start."""

import builtins
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

import dev
from devtools import demo, installing
from devtools.installing import Problem

ROOT = installing.ROOT


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """An empty clone: locks, but neither environment nor data. Nothing is really installed; what would be is noted."""
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    (tmp_path / "static").mkdir()
    (tmp_path / "linkage").mkdir()
    for read_by_the_static_stamp in ("settings.py", "staticfiles.py"):
        (tmp_path / "linkage" / read_by_the_static_stamp).touch()
    for name, place in {
        "ROOT": "",
        "VENV": ".venv",
        "PYTHON": ".venv/bin/python",
        "REQUIREMENTS": "requirements",
    }.items():
        monkeypatch.setattr(installing, name, tmp_path / place)
    monkeypatch.setattr(installing, "VENDOR", tmp_path / "var/vendor")
    monkeypatch.delenv("LINKAGE_STATIC_ROOT", raising=False)
    monkeypatch.setenv("LINKAGE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "data").mkdir()

    def make_environment():
        (tmp_path / ".venv/bin").mkdir(parents=True)
        (tmp_path / ".venv/bin/python").touch()

    monkeypatch.setattr(installing, "make_environment", make_environment)
    monkeypatch.setattr(installing, "compile_packages", lambda: None)
    return tmp_path


@pytest.fixture
def installed(clone, monkeypatch):
    """What pip was asked to install, in order."""
    calls = []

    def pip_install(*arguments):
        calls.append(Path(arguments[-1]).name)
        return True

    monkeypatch.setattr(installing, "pip_install", pip_install)
    return calls


# --- Installing -------------------------------------------------------------------------------------------------------
def test_installs_once(clone, installed):
    installing.install("base")
    installing.install("base")
    assert installed == ["base.txt"]


def test_a_changed_lock_is_installed_again(clone, installed):
    installing.install("base")
    with (clone / "requirements/base.txt").open("a") as lock:
        lock.write("# one more line\n")
    installing.install("base")
    assert installed == ["base.txt", "base.txt"]


def test_the_test_environment_serves_the_demo_too(clone, installed):
    installing.install("dev")
    installing.install("base")
    assert installed == ["dev.txt"]


def test_an_interrupted_installation_starts_from_scratch(clone, monkeypatch, capsys):
    def interrupted(*_):
        (clone / ".venv/half-written-package").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(installing, "pip_install", interrupted)
    with pytest.raises(KeyboardInterrupt):
        installing.install("base")
    monkeypatch.setattr(installing, "pip_install", lambda *_: True)
    installing.install("base")
    assert "interrupted" in capsys.readouterr().out
    assert not (clone / ".venv/half-written-package").exists()
    assert not (clone / ".venv/unfinished").exists()


def test_a_failed_installation_is_explained_and_not_taken_for_done(clone, installed, monkeypatch):
    good = installing.pip_install
    monkeypatch.setattr(installing, "pip_install", lambda *_: False)
    with pytest.raises(Problem, match="package index"):
        installing.install("base")
    monkeypatch.setattr(installing, "pip_install", good)
    installing.install("base")
    assert installed == ["base.txt"]


def test_an_environment_whose_python_went_away_is_made_anew(clone, installed):
    """After an upgrade of the system's Python the link in .venv points nowhere."""
    installing.install("base")
    (clone / ".venv/bin/python").unlink()
    installing.install("base")
    assert installed == ["base.txt", "base.txt"]


def test_base_is_part_of_dev():
    """Both locks name the same versions, so that installing one never undoes the other."""

    def pins(name):
        lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
        return {line.removesuffix(" \\") for line in lines if "==" in line and not line.startswith("#")}

    assert len(pins("base.txt")) > 20
    assert pins("base.txt") <= pins("dev.txt")


def test_locks_name_no_address():
    for lock in (ROOT / "requirements").iterdir():
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text and "index-url" not in text and "find-links" not in text, lock.name


# --- A Python without its parts ---------------------------------------------------------------------------------------
def test_a_missing_venv_module_names_the_debian_package(monkeypatch):
    real_import = builtins.__import__

    def without_ensurepip(name, *args, **kwargs):
        if name == "ensurepip":
            raise ImportError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(builtins, "__import__", without_ensurepip)
    version = "{}.{}".format(*sys.version_info[:2])
    with pytest.raises(Problem, match=f"apt-get install python{version}-venv"):
        installing.make_environment()


def test_an_old_python_goes_on_with_a_newer_one(monkeypatch):
    started = []
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}" if name == "python3.12" else None)
    monkeypatch.setattr(os, "execv", lambda path, arguments: (started.append(path), sys.exit(0)))
    with pytest.raises(SystemExit):
        dev.use_new_enough_python()
    assert started == ["/usr/bin/python3.12"]


def test_an_old_python_alone_is_explained(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(Problem, match=r"Python 3\.11 or later"):
        dev.use_new_enough_python()


# --- Ports ------------------------------------------------------------------------------------------------------------
def test_a_taken_port_is_explained_with_the_way_out(clone, monkeypatch, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("LINKAGE_PORT", str(port))
        assert dev.main(["demo"]) == 1
    said = capsys.readouterr().out
    assert f"Port {port}" in said
    assert f"LINKAGE_PORT={port + 1} python3 dev.py demo" in said
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize("text", ["80a", "0", "70000", "-1"])
def test_a_port_that_is_none_is_explained(monkeypatch, text):
    monkeypatch.setenv("LINKAGE_PORT", text)
    with pytest.raises(Problem, match="LINKAGE_PORT"):
        demo.chosen_port()


# --- Static files -----------------------------------------------------------------------------------------------------
@pytest.fixture
def steps(clone, monkeypatch):
    """What was run, step by step; collecting leaves the list of collected files, as the real command does."""
    done = []

    def run_together(named):
        done.append(sorted(named))
        if "collectstatic" in named:
            installing.static_root().mkdir(parents=True, exist_ok=True)
            (installing.static_root() / "staticfiles.json").touch()

    monkeypatch.setattr(installing, "run_together", run_together)
    return done


def test_static_files_are_collected_again_only_after_a_change(clone, steps):
    installing.prepare(migrate=True)
    installing.prepare(migrate=True)
    (clone / "static/app.css").write_text("body {}")
    installing.prepare(migrate=False)
    assert steps == [["collectstatic", "migrate"], ["migrate"], ["collectstatic"]]


def test_static_files_are_collected_where_there_are_none_yet(clone, steps, monkeypatch):
    """Without them every page would be an error: after the folder was deleted, and in another folder."""
    installing.prepare(migrate=False)
    shutil.rmtree(clone / "var/static")
    installing.prepare(migrate=False)
    monkeypatch.setenv("LINKAGE_STATIC_ROOT", str(clone / "elsewhere"))
    installing.prepare(migrate=False)
    installing.prepare(migrate=True)
    assert steps == [["collectstatic"], ["collectstatic"], ["collectstatic"], ["migrate"]]


def test_a_failed_step_is_a_problem_and_is_not_stamped(clone):
    with pytest.raises(Problem, match="migrate"):
        installing.run_together(
            {"fine": [sys.executable, "-c", ""], "migrate": [sys.executable, "-c", "raise SystemExit(3)"]}
        )


# --- Demo data --------------------------------------------------------------------------------------------------------
class Seeds:
    """Stands for the processes that load the demo data."""

    def __init__(self, *codes):
        self.codes, self.started = list(codes), []

    def start(self, name, command, env, quiet):
        self.started.append(command[-1])
        return subprocess.Popen([sys.executable, "-c", f"raise SystemExit({self.codes.pop(0)})"])


def play(data, children):
    data.begin()
    for _ in range(5):
        data.step(children, {})
        if data.current is not None:
            data.current.wait()


def test_demo_data_is_loaded_once(clone, capsys):
    children = Seeds(0)
    data = demo.DemoData()
    data.begin_anew_if_interrupted()
    play(data, children)
    (clone / "data/linkage.sqlite3").touch()
    assert (clone / "data/demo-data").read_text() == "ready"
    again = demo.DemoData()
    again.begin_anew_if_interrupted()
    play(again, children)
    assert children.started == ["seed_demo"]


def test_a_failed_load_is_told_and_tried_again_on_an_empty_database(clone, capsys):
    children = Seeds(1)
    data = demo.DemoData()
    play(data, children)
    assert (clone / "data/demo-data").read_text() == "failed"
    assert "failed" in capsys.readouterr().out
    (clone / "data/linkage.sqlite3").write_text("half loaded")
    again = demo.DemoData()
    again.begin_anew_if_interrupted()
    said = capsys.readouterr().out
    assert "loaded anew" in said and "linkage.sqlite3.interrupted" in said
    assert not (clone / "data/linkage.sqlite3").exists()
    assert (clone / "data/linkage.sqlite3.interrupted").read_text() == "half loaded"
    play(again, Seeds(0))
    assert (clone / "data/demo-data").read_text() == "ready"


def test_a_load_cut_off_by_ctrl_c_is_loaded_anew(clone):
    """The word on disk stays `loading`; the half-filled database, with its journal, is put aside."""
    demo.DemoData().begin()
    for suffix in ("", "-wal", "-shm"):
        (clone / f"data/linkage.sqlite3{suffix}").write_text("half loaded")
    again = demo.DemoData()
    again.begin_anew_if_interrupted()
    assert sorted(path.name for path in (clone / "data").iterdir()) == [f"linkage.sqlite3{s}.interrupted" for s in ("-shm", "-wal", "")]
    play(again, Seeds(0))
    assert (clone / "data/demo-data").read_text() == "ready"


def test_while_loading_it_says_so_and_the_clock_waits(clone):
    data = demo.DemoData()
    data.begin()
    assert (clone / "data/demo-data").read_text() == "loading"
    assert not data.at_rest
    play(data, Seeds(0))
    assert data.at_rest


# --- Processes --------------------------------------------------------------------------------------------------------
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def gone(pid):
    """Ended; perhaps not yet collected by whoever inherited it."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return not state or state.startswith("Z")


def wait_for_text(file):
    deadline = time.monotonic() + 10
    while not file.read_text().strip() and time.monotonic() < deadline:
        time.sleep(0.05)
    return file.read_text().strip()


def test_children_are_stopped_with_their_own_children(tmp_path):
    children = demo.Children(tmp_path / "log")
    nested = (
        "import subprocess, sys, time; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); time.sleep(60)"
    )
    process = children.start("web", [sys.executable, "-c", nested], dict(os.environ))
    grandchild = int(wait_for_text(tmp_path / "log/web.log"))
    children.stop()
    assert process.returncode == -signal.SIGTERM
    time.sleep(0.1)
    assert gone(grandchild)


def test_a_child_that_will_not_stop_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(demo.Children, "PATIENCE", 0.5)
    children = demo.Children(tmp_path / "log")
    process = children.start("worker", [sys.executable, "-c", STUBBORN], dict(os.environ))
    assert wait_for_text(tmp_path / "log/worker.log") == "up"
    children.stop()
    assert process.returncode == -signal.SIGKILL


def test_a_child_that_died_is_shown_with_the_end_of_its_log(tmp_path):
    children = demo.Children(tmp_path / "log")
    children.start("web", [sys.executable, "-c", "raise SystemExit('no such thing')"], dict(os.environ)).wait()
    with pytest.raises(Problem, match="no such thing"):
        children.require_alive("web")


def test_unknown_words_show_the_usage(capsys):
    assert dev.main(["dmeo"]) == 1
    assert "dev.py demo" in capsys.readouterr().out


# --- The real thing ---------------------------------------------------------------------------------------------------
def test_demo_starts_answers_and_stops_everything(tmp_path):
    """With this environment: web, worker, clock and broker come up; SIGTERM takes all of them down; data is kept."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = (
        "import sys, pathlib, dev; from devtools import demo, installing;"
        "installing.install = lambda lock: None; installing.install_assets = lambda: None;"
        f"installing.VENV = pathlib.Path({sys.prefix!r}); installing.PYTHON = pathlib.Path({sys.executable!r});"
        "demo.DemoData.begin = lambda self: None; sys.exit(dev.main(['demo']))"
    )
    env = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "LINKAGE_MODE"}
    }
    env |= {"LINKAGE_PORT": str(port), "LINKAGE_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "linkage.settings"}
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    try:
        said = ""
        while "Stop: Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=20) as answer:
            assert answer.status == 200
        ours = []
        deadline = time.monotonic() + 10
        while len(ours) < 4 and time.monotonic() < deadline:
            pairs = subprocess.run(["ps", "-eo", "ppid=,pid="], capture_output=True, text=True).stdout.split("\n")
            ours = [int(pair.split()[1]) for pair in pairs if pair.split()[:1] == [str(process.pid)]]
        assert len(ours) == 4, "broker, web, worker, clock"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        process.stdout.close()
    assert process.returncode == 0
    assert all(gone(pid) for pid in ours)
    assert (tmp_path / "linkage.sqlite3").stat().st_size > 0
