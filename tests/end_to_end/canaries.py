"""Looks for secrets in everything that an installation keeps, says or shows. Each reader gives texts by their place."""

import re
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import httpx
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition
from django.conf import settings

from flights import store
from tests.environment import CANARY_KEY

PASSWORD = "s3cr3t-canary-passw0rd"  # noqa: S105 - planted to be looked for
CANARIES = (CANARY_KEY, PASSWORD)
DETAIL = re.compile(r'href="(/admin/\w+/\w+/[^/"?]+/change/)')
LIST = re.compile(r'href="(/admin/\w+/\w+/)"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')

Texts = Iterator[tuple[str, str]]


def leaks(texts: Texts) -> list[str]:
    """The places whose text holds a canary; a reader that finds no text at all is a fault of the search."""
    found = list(texts)
    assert found, "nothing was looked at"
    return [place for place, text in found if any(canary in text.lower() for canary in CANARIES)]


def files(folder) -> Texts:
    """Logs, the SQL database and all else that was written."""
    for file in folder.rglob("*"):
        if file.is_file():
            yield file.name, file.read_bytes().decode("latin-1")


def documents() -> Texts:
    """Every document, with what is kept compressed spread out."""
    for name in store.INDEXES:
        for document in store.collection(name).find({}):
            yield f"{name} {document['_id']}", _spread(document)


def messages(topic: str) -> Texts:
    """Every message of a topic from its beginning: key, value, headers."""
    own = {"bootstrap.servers": settings.KAFKA_BOOTSTRAP_SERVERS, "group.id": "search", "enable.partition.eof": True}
    with closing(Consumer(own)) as consumer:
        numbers = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in numbers])
        open_partitions = set(numbers)
        while open_partitions:
            for message in consumer.consume(1_000, timeout=1.0):
                if message.error() is None:
                    place = f"{topic}/{message.partition()}/{message.offset()}"
                    yield place, repr((message.key(), message.value(), message.headers()))
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    open_partitions.discard(message.partition())


def admin_pages(base_url: str, user: str, password: str) -> Texts:
    """Every list of the admin and the first detail page of each, as a superuser sees them."""
    with httpx.Client(base_url=base_url, follow_redirects=True, timeout=60) as browser:
        token = TOKEN.search(browser.get("/admin/login/").text)[1]
        form = {"username": user, "password": password, "csrfmiddlewaretoken": token}
        index = browser.post("/admin/login/?next=/admin/", data=form).text
        yield "/admin/", index
        for url in sorted(set(LIST.findall(index))):
            page = browser.get(url).text
            yield url, page
            for detail in DETAIL.findall(page)[:1]:
                yield detail, browser.get(detail).text


def answers(base_url: str, key: str, paths) -> Texts:
    """Bodies and headers of the answers, errors too, with and without a key."""
    with httpx.Client(base_url=base_url, timeout=60) as caller:
        for path in paths:
            for headers in ({}, {"Authorization": f"Api-Key {key}"}):
                answer = caller.get(path, headers=headers)
                yield f"{path} {answer.status_code}", f"{answer.headers} {answer.text}"


def _spread(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key} {_spread(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return " ".join(map(_spread, value))
    if isinstance(value, bytes):
        with suppress(zlib.error):
            value = zlib.decompress(value)
        return value.decode(errors="replace")
    return str(value)
