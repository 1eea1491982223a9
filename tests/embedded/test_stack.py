import os
import signal
import socket
import subprocess
import sys

import psutil
import pymongo
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from redis import Redis

from flightsite.embedded.errors import DiskFull, FolderInUse, PortTaken
from flightsite.embedded.stack import Stack, refuse_full_disk


@pytest.fixture
def stack(tmp_path):
    with Stack(tmp_path) as stack:
        yield stack


def kill(stack, name):
    process = psutil.Process(stack.pids[name])
    process.kill()
    psutil.wait_procs([process], timeout=5)


def test_mongodb_keeps_acknowledged_writes_over_a_kill(stack):
    stack.start({"mongodb"})
    with pymongo.MongoClient(stack.addresses.mongodb_uri) as client:
        client.kept.things.insert_many([{"_id": number} for number in range(50)])
        kill(stack, "mongodb")
        assert stack.revive() == ["mongodb"]
        assert client.kept.things.count_documents({"_id": {"$gte": 0}}) == 50


def test_redis_keeps_what_was_written_over_a_restart(stack):
    stack.start({"redis"})
    with Redis.from_url(stack.addresses.redis_url) as client:
        client.set("kept", "yes")
    stack.stop()
    stack.start({"redis"})
    with Redis.from_url(stack.addresses.redis_url) as client:
        assert client.get("kept") == b"yes"


def test_kafka_keeps_messages_over_a_kill(stack):
    stack.start({"kafka"})
    broker = {"bootstrap.servers": stack.addresses.kafka_bootstrap_servers}
    admin = AdminClient(broker)
    admin.create_topics([NewTopic("kept", 1)])["kept"].result(10)
    producer = Producer({**broker, "acks": "all"})
    producer.produce("kept", b"message")
    assert producer.flush(10) == 0
    kill(stack, "kafka")
    assert stack.revive() == ["kafka"]
    assert first_message({**broker, "group.id": "test"}) == b"message"


def first_message(settings):
    consumer = Consumer(settings)
    consumer.assign([TopicPartition("kept", 0, OFFSET_BEGINNING)])
    message = consumer.poll(30)
    consumer.close()
    return message.value()


def test_one_server_that_cannot_start_takes_the_others_down(stack):
    port = stack.addresses.ports.mongodb
    with socket.create_server(("127.0.0.1", port)), pytest.raises(PortTaken):
        stack.start({"mongodb", "redis"})
    assert stack.pids == {}


def test_a_second_owner_of_a_folder_is_told_who_the_first_is(stack, tmp_path):
    stack.start({"redis"})
    with pytest.raises(FolderInUse, match=f"process {os.getpid()} already runs servers"):
        Stack(tmp_path).start({"redis"})


def test_a_full_disk_is_refused_in_one_line(tmp_path):
    with pytest.raises(DiskFull, match="MB are free on the disk of"):
        refuse_full_disk(tmp_path, needed=10**18)


def test_the_command_runs_until_sigterm_and_leaves_nothing(tmp_path):
    words = [sys.executable, "-m", "flightsite.embedded", "--only", "redis", "--data-dir", tmp_path]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as command:
        said = command.stderr.readline()
        server = psutil.Process(command.pid).children()[0]
        command.send_signal(signal.SIGTERM)
    assert said.startswith(f"ready in {tmp_path}")
    assert command.returncode == 0
    assert not server.is_running()


def test_the_command_names_a_server_that_it_does_not_know():
    words = [sys.executable, "-m", "flightsite.embedded", "--only", "redis,oracle"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no such server: oracle" in done.stderr
