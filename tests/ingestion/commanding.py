"""Commands called as a person does, and a consumer at work beside them."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import StringIO

from django.core.management import call_command

from streaming.consumer import BatchConsumer
from streaming.services import handle_batch


def call(*words: str) -> tuple[str, str]:
    """What a command printed, and what it said on the way."""
    out, err = StringIO(), StringIO()
    call_command(*words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@contextmanager
def a_consumer() -> Iterator[None]:
    """A consumer at work in a thread of its own."""
    stop = threading.Event()

    def work() -> None:
        with closing(BatchConsumer()) as consumer:
            while not stop.is_set():
                consumer.consume_batch(handle_batch, stop)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
