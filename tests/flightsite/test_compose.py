"""The promises of docker-compose.yml, Dockerfile and .env.example that can be read without an engine."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMPOSE, KAFKA = (ROOT / name for name in ("docker-compose.yml", "ops/kafka.compose.yml"))
SERVICES = yaml.safe_load(COMPOSE.read_text())["services"]
SERVICES["kafka"] = yaml.safe_load(KAFKA.read_text())["services"]["kafka"] | SERVICES["kafka"]
ONCE = {"secrets", "prepare", "demo"}
OURS = {"secrets", "prepare", "web", "worker", "beat", "consumer", "exporter", "simulator", "demo"}
VARIABLE = re.compile(r"\$\{(\w+)")
# Given by the image, by the services that need them, or no matter of a person.
SETTLED = {"DJANGO_DEBUG", "FLIGHTSITE_DATA_DIR", "ARCHIVE_DIR"}


def names_of_settings():
    return set(re.findall(r'reader\.(?:text|required)\(\s*"([A-Z_]+)"', (ROOT / "flightsite/env.py").read_text()))


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_fenced(service):
    told = SERVICES[service]
    assert told["cap_drop"] == ["ALL"]
    assert told["security_opt"] == ["no-new-privileges:true"]
    assert told["logging"]["options"]["max-size"]
    assert told["mem_limit"]


@pytest.mark.parametrize("service", sorted(SERVICES.keys() - {"kafka"}))  # its image writes beside its programs
def test_every_service_but_kafka_has_a_file_system_that_is_read_only(service):
    assert SERVICES[service]["read_only"] is True


@pytest.mark.parametrize("service", sorted(SERVICES.keys() - ONCE))
def test_what_stays_up_is_started_again_and_told_to_be_healthy(service):
    told = SERVICES[service]
    assert told["restart"] == "unless-stopped"
    assert service in OURS or told["healthcheck"]["test"]  # ours: by the image, at HEALTH_URL


@pytest.mark.parametrize("service", ONCE)
def test_what_ends_by_itself_is_not_started_again(service):
    told = SERVICES[service]
    assert (told["restart"], told["healthcheck"]) == ("no", {"disable": True})


@pytest.mark.parametrize("service", sorted(OURS - {"secrets"}))
def test_one_service_builds_the_image_that_all_of_ours_wait_for(service):
    assert "build" in SERVICES["secrets"]
    assert "build" not in SERVICES[service]
    assert SERVICES[service]["image"] == SERVICES["secrets"]["image"]
    assert "secrets" in SERVICES[service]["depends_on"]


@pytest.mark.parametrize("service", sorted(OURS - {"secrets", "simulator"}))
def test_our_processes_wait_for_what_they_need(service):
    waits = SERVICES[service]["depends_on"]
    assert waits["secrets"] == {"condition": "service_completed_successfully"}
    assert {name for name, how in waits.items() if how["condition"] == "service_healthy"} >= {
        "mongodb",
        "kafka",
        "postgres",
    }
    assert service == "prepare" or waits["prepare"] == {"condition": "service_completed_successfully"}


def test_every_port_is_published_on_this_machine_only():
    published = [port for told in SERVICES.values() for port in told.get("ports", [])]
    assert len(published) == 5
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_image_has_a_tag_and_may_be_another_one():
    images = [told["image"] for told in SERVICES.values()]
    assert [image for image in images if not re.fullmatch(r"\$\{\w+_IMAGE:-[\w./-]+:[\w.-]*\d[\w.-]*\}", image)] == []


@pytest.mark.parametrize("name", sorted(names_of_settings() - SETTLED))
def test_every_setting_reaches_the_processes(name):
    told = SERVICES["worker"]["environment"]
    assert {name, f"{name}_FILE"} & told.keys()


def test_no_secret_is_told_by_an_environment():
    secrets = {
        "DJANGO_SECRET_KEY",
        "AVIATIONSTACK_ACCESS_KEY",
        "DATABASE_PASSWORD",
        "DATABASE_URL",
        "MONGODB_URI",
        "REDIS_URL",
    }
    assert secrets.isdisjoint(SERVICES["web"]["environment"])


def test_the_example_lists_every_variable_and_no_other():
    variables = set(VARIABLE.findall(COMPOSE.read_text() + KAFKA.read_text()))
    passed_on = {
        name for told in SERVICES.values() for name, value in told.get("environment", {}).items() if value is None
    }
    listed = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert listed == variables | passed_on | {"COMPOSE_PROJECT_NAME"}


def test_the_example_agrees_with_the_defaults():
    defaults = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", COMPOSE.read_text() + KAFKA.read_text()))
    listed = dict(re.findall(r"^#([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    same = {name for name in defaults.keys() & listed.keys() if not listed[name].startswith("./secrets/")}
    own = {"KAFKA_BOOTSTRAP_SERVERS"}  # an example of a cluster
    assert {name: listed[name] for name in same - own} == {name: defaults[name] for name in same - own}


def test_the_image_is_for_a_user_without_rights_and_has_no_requirement_of_development():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER 10001:10001" in lines[lines.index("FROM ${PYTHON_IMAGE}") :]
    assert "requirements-dev" not in "\n".join(lines)


def test_the_builder_is_sent_only_what_the_image_needs():
    lines = (ROOT / ".dockerignore").read_text().split("\n")
    sent = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines
    assert sent == {"requirements.txt", "manage.py", "flights", "flightsite", "ingestion", "streaming"}


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
@pytest.mark.parametrize("file", [COMPOSE, KAFKA], ids=lambda file: file.name)
@pytest.mark.parametrize("values", ["ops/none", ".env.example"])
def test_docker_compose_takes_it(file, values):
    words = [shutil.which("docker-compose"), "--env-file", str(ROOT / values), "--file", str(file), "config", "--quiet"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"}, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
