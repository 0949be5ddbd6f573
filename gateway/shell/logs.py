"""Structured logs: one JSON object a line, values of strangers cut and escaped, no payloads."""

from __future__ import annotations

import json
import logging
import sys

from aiohttp.http_exceptions import HttpProcessingError

from gateway.shell.clock import Clock, SystemClock, rfc3339

CHARS_MAX = 256


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON. A traceback is a member, cut at its end."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__()
        self._clock = clock or SystemClock()

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        plain = {
            "at": rfc3339(self._clock.now()),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage()[: 4 * CHARS_MAX],
        }
        # What could not be read as a request stands in the library's own words about it: keys, content.
        if record.exc_info and not isinstance(record.exc_info[1], HttpProcessingError):
            plain["trace"] = self.formatException(record.exc_info)[-16 * CHARS_MAX :]
        # ASCII only: control characters, marks that turn text round and lone surrogates are escaped.
        return json.dumps(plain, ensure_ascii=True)


def begin(level: str = "INFO") -> None:
    """Log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
