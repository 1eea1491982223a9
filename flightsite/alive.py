"""Exit code 0 when this address answers with 200: the health check of a container.

Run as a file (`python -IS flightsite/alive.py URL`), many times a minute: it loads nothing of the project.
"""

import http.client
import sys
from urllib.parse import urlsplit

ANSWER_SECONDS = 4.0


def answers(url: str) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if answers(sys.argv[1]) else 1)
