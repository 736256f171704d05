"""Middleware of the test suite: a GET writes at most its access record, whoever asks and whatever the page."""

import re

from django.db import connection

ACCESS_RECORDS = {"django_session", "linkage_auditevent", "linkage_apitoken", "linkage_notification"}
WRITE = re.compile(r'^\s*(?:INSERT(?: OR IGNORE)? INTO|UPDATE|DELETE FROM|REPLACE INTO|TRUNCATE)\s+"?(\w+)', re.IGNORECASE)


class ReadingWritesNothing:
    """Fails the test whose GET or HEAD changes a table that is no access record."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with connection.execute_wrapper(_refuse(f"{request.method} {request.path}")):
            return self.get_response(request)


def _refuse(what):
    def wrapper(execute, sql, params, many, context):
        write = WRITE.match(sql)
        if write and write[1] not in ACCESS_RECORDS:
            raise AssertionError(f"{what} wrote to {write[1]}: {sql[:200]}")
        return execute(sql, params, many, context)

    return wrapper
