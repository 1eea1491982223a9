"""How Kafka's brokers are reached, beside their addresses: JSON of librdkafka's own names, checked at start."""

import json

DEFAULT = "{}"
# What is no matter of the connection, such as acks or the group, holds our promises and stays ours.
_ALLOWED = (
    "security.",
    "sasl.",
    "ssl.",
    "enable.ssl.",
    "enable.sasl.",
    "https.",
    "socket.",
    "broker.address.",
    "client.rack",
)
_EXAMPLE = 'such as {"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512"}'


def connection_of(value: str) -> dict[str, str | int | bool]:
    """The options of a value without a fault."""
    return dict(json.loads(value))


def fault_of(value: str) -> str | None:
    """What is wrong with it, without its values: passwords are among them."""
    try:
        told = json.loads(value)
    except ValueError:
        return f"must be JSON, {_EXAMPLE}"
    if not isinstance(told, dict) or not all(isinstance(each, str | int) for each in told.values()):
        return f"must be one JSON object of texts, whole numbers and booleans, {_EXAMPLE}"
    others = sorted(name for name in told if not name.startswith(_ALLOWED))
    return f"must tell of the connection alone, {_EXAMPLE}; not {', '.join(others)}" if others else None
