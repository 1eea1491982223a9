"""Whether a server answers, asked over its own protocol: an open port alone proves nothing."""

import socket

import pymongo  # noqa: TID251  asks an embedded server for a ping, no data passes here
from confluent_kafka import KafkaException  # noqa: TID251  as above
from confluent_kafka.admin import AdminClient  # noqa: TID251  as above
from pymongo.errors import PyMongoError  # noqa: TID251  as above

from flightsite.embedded.addresses import HOST

PATIENCE_SECONDS = 2


def redis_answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), PATIENCE_SECONDS) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def mongodb_answers(port: int) -> bool:
    if not port_is_open(port):
        return False
    patience = PATIENCE_SECONDS * 1000
    client = pymongo.MongoClient[dict[str, object]](
        HOST, port, directConnection=True, serverSelectionTimeoutMS=patience
    )
    try:
        with client:
            return bool(client.admin.command("ping").get("ok"))
    except PyMongoError:
        return False


def kafka_answers(port: int) -> bool:
    """Groups too: with metadata alone, `committed()` right after a restart still fails."""
    if not port_is_open(port):
        return False
    admin = AdminClient({"bootstrap.servers": f"{HOST}:{port}", "log_level": 0})
    try:
        if not admin.list_topics(timeout=PATIENCE_SECONDS).brokers:
            return False
        groups = admin.list_consumer_groups(request_timeout=PATIENCE_SECONDS)
        return not groups.result(PATIENCE_SECONDS + 1).errors
    except (KafkaException, TimeoutError):
        return False


def port_is_open(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), PATIENCE_SECONDS).close()
    except OSError:
        return False
    return True
