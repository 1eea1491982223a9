"""What can go wrong on the way through Kafka; each class answers whether trying again can help."""


class StreamingError(Exception):
    retryable = False


class BrokerUnavailable(StreamingError):
    """Kafka does not answer or did not acknowledge: try again."""

    retryable = True


class GroupAtWork(StreamingError):
    """A consumer is in the group, whose offsets can't be set meanwhile."""


class NoOpenLetter(StreamingError):
    """There is no open dead letter of this id."""


class RefusedMessage(StreamingError):
    """A message that cannot be used; `reason` is its class, the text says what was wrong."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(f"{reason}: {text}")
        self.reason = reason
        self.text = text
