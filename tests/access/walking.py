"""The real tables of addresses, and one browser per log-in."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

from django.test import Client
from django.urls import get_resolver, reverse

from tests.access.matrix import ROLES, Act, Address, request_body
from tests.access.scene import Scene, taken_back

LOGIN = "/login/?next="


def names(resolver=None, space: str = "") -> Iterator[tuple[str, str]]:
    """(namespace, name) of every address; a namespace of its own for the dictionary site and the API."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from names(pattern, pattern.namespace or space)
        else:
            yield space, pattern.name


class Browsers:
    """Logged-in clients of everybody the matrix names; made with the scene, so that their sessions stay."""

    def __init__(self, scene: Scene):
        self.kept = {role: scene.world.client(scene.user(role)) for role in ROLES}
        for client in self.kept.values():
            client.raise_request_exception = False

    def of(self, role: str) -> Client:
        return self.kept[role]


def path_of(scene: Scene, address: Address, name: str) -> str:
    query = address.query(scene) if callable(address.query) else address.query
    return reverse(name, args=address.args(scene)) + query


def drained(response):
    """Files are closed when they have been read to the end, as a browser does."""
    if response.streaming:
        response.body = b"".join(response.streaming_content)
    return response


def read(client: Client, path: str):
    """A GET whose file, if it is one, is read to its end (and so closed); `.body` holds what came."""
    response = client.get(path)
    response.body = b"".join(response.streaming_content) if response.streaming else response.content
    return response


def ask(client: Client, method: str, path: str, act: Act | None, scene: Scene, role: str):
    """One request, taken back if it may write."""
    if method == "get":
        return drained(client.get(path))
    cookies = deepcopy(client.cookies)
    with taken_back():
        body = request_body(act, scene, role) if act else {}
        response = drained(getattr(client, method)(path, **body))
        response.was_done = act is None or act.done is None or bool(act.done(scene))
    client.cookies = cookies
    return response


def differs(name: str, method: str, role: str, response, expected: int, scene: Scene, act: Act | None) -> str:
    """What is wrong with an answer, in words; empty when it is as expected."""
    if response.status_code != expected:
        return f"{role}: {method.upper()} {name} gives {response.status_code} instead of {expected}"
    if method != "get" and act and act.done and expected == act.answer and not response.was_done:
        return f"{role}: {method.upper()} {name} answers {expected}, but nothing was done"
    return ""
