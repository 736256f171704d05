"""Typed reading of environment variables. A missing or wrong one says what to do, in the words of its owner."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


class SettingError(Exception):
    """A variable is missing or unreadable; the message says which, why it is needed and gives an example."""


def text(name: str, default: str | None = None, *, why: str = "", example: str = "") -> str:
    """The variable as text. Without a default it must be there and not empty."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise SettingError(
            f"{name} is not set. {why} For example: {name}={example}. See .env.example for all variables."
        )
    return default


def flag(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise SettingError(f"{name}={value} is neither yes nor no: use 1 or 0.")


def number(name: str, default: int, *, low: int, high: int) -> int:
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        raise SettingError(f"{name}={value} must be a whole number from {low} to {high}.")
    return int(value)


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise SettingError(f"{name}={value} is not known: use one of {', '.join(allowed)}.")
    return value


def listing(name: str, default: str = "") -> list[str]:
    """Comma separated, blanks dropped."""
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


SQLITE_OPTIONS = {
    "timeout": 30,
    # Writers take their lock at BEGIN, so two of them queue instead of failing half way.
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


def database(name: str, default_file: Path | None) -> dict:
    """Django's DATABASES entry from postgres://user:password@host:port/name?sslmode=require or sqlite:///file. Without
    the variable SQLite at `default_file`; where there is no default either, an error."""
    value = os.environ.get(name, "").strip()
    if not value and default_file is None:
        text(name, why="It names the PostgreSQL database.", example="postgres://user:password@host:5432/name")
    if not value:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": default_file, "OPTIONS": dict(SQLITE_OPTIONS)}
    url = urlsplit(value)
    if url.scheme == "sqlite" and url.path.strip("/"):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(unquote(url.path[1:])),
            "OPTIONS": dict(SQLITE_OPTIONS),
        }
    if url.scheme in {"postgres", "postgresql"} and url.path.strip("/"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path[1:]),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": url.hostname or "",
            "PORT": str(url.port or ""),
            "OPTIONS": dict(parse_qsl(url.query)),
        }
    raise SettingError(
        f"{name} is not understood: use postgres://user:password@host:5432/name or sqlite:////absolute/file.sqlite3."
    )
