"""A network line that can be cut for real: between browser and server, what emulation in the browser lets through at closing included."""

from __future__ import annotations

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class Line:
    """Passes connections on `url` to the server; `cut()` refuses new ones and breaks those that stand, `mend()` lets them through again."""

    def __init__(self, target: str):
        place = urlsplit(target)
        self._target = (place.hostname, place.port)
        self._port = 0
        self._ends: list[socket.socket] = []
        self.mend()
        self.url = f"http://{place.hostname}:{self._port}"

    def mend(self) -> None:
        self._door = socket.create_server((str(self._target[0]), self._port))
        self._port = self._door.getsockname()[1]
        threading.Thread(target=self._let_in, args=(self._door,), daemon=True).start()

    def cut(self) -> None:
        for end in (self._door, *self._ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def _let_in(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = door.accept()
                far = socket.create_connection(self._target)
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while block := one.recv(65536):
            other.sendall(block)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_WR)
