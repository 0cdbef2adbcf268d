"""The files of examples/deploy that nothing here can run whole, each judged by its own tool and by what it must say."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from mcpserver.settings import Settings
from tests import provision
from tests.processes import ROOT

from .proxies import FILES

PROGRAMS = Path(sys.executable).parent
MANIFESTS = sorted((FILES / "kubernetes").glob("*.yaml"))
EXPOSURE = 15
"""Tenths of a point, of a hundred; systemd calls anything below 20 well protected."""


def run(*command: str | Path) -> str:
    """What a program prints; it must succeed."""
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def compose() -> dict[str, Any]:
    """The compose file, with its merge keys resolved."""
    found: dict[str, Any] = yaml.safe_load((FILES / "compose.yaml").read_text())
    return found


def manifest(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FILES / "kubernetes" / f"{name}.yaml").read_text())
    return found


def seconds(duration: str) -> int:
    found = re.fullmatch(r"(\d+)s", duration)
    assert found is not None, duration
    return int(found[1])


def test_dockerfile_is_sound() -> None:
    """hadolint finds nothing, not even a matter of style."""
    assert run(PROGRAMS / "hadolint", "--failure-threshold", "style", FILES / "Dockerfile") == ""


def test_image_has_only_what_it_copies() -> None:
    """.dockerignore lets in what the Dockerfile copies, and nothing else."""
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (FILES / "Dockerfile").read_text(), re.MULTILINE)
    allowed = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert sorted(path for line in copied for path in line.split()) == sorted(allowed)
    assert all((ROOT / path).exists() for path in allowed)


def test_image_is_not_root_and_holds_no_secret() -> None:
    text = (FILES / "Dockerfile").read_text()
    assert "\nUSER 10001:10001\n" in text
    assert not re.search(r"MCPSERVER_SECRET|MCPSERVER_DATABASE|^ARG", text, re.MULTILINE)


def test_compose_file_is_sound() -> None:
    """By the Compose Specification: unknown keys, and names that are defined nowhere, are refused."""
    PyCompose.from_json(json.dumps(compose())).validate()


@pytest.mark.parametrize("name", compose()["services"])
def test_container_has_no_privileges(name: str) -> None:
    service = compose()["services"][name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "cap_add" not in service
    assert "POSTGRES_PASSWORD" not in service.get("environment", {})


def test_containers_stop_after_their_requests() -> None:
    for name in ("mcpserver-1", "mcpserver-2"):
        service = compose()["services"][name]
        allowed = int(service["environment"]["MCPSERVER_SHUTDOWN_TIMEOUT"])
        assert seconds(service["stop_grace_period"]) >= allowed + 5


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, with a program that is on this machine."""
    text = (FILES / "mcpserver.service").read_text()
    assert "ExecStart=/opt/mcpserver/bin/mcpserver serve " in text
    path = tmp_path / "mcpserver.service"
    path.write_text(text.replace("/opt/mcpserver/bin/mcpserver", sys.executable))
    return path


def test_unit_is_sound_and_hardened(unit: Path) -> None:
    analyze = provision.need(provision.systemd_analyze)
    assert run(analyze, "verify", "--man=no", unit) == ""
    run(analyze, "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", unit)


def test_unit_stops_after_the_requests(unit: Path) -> None:
    text = unit.read_text()
    options = dict(re.findall(r"^(\w+)=(.+)$", text, re.MULTILINE))
    timeout = re.search(r"--shutdown-timeout (\d+)", options["ExecStart"])
    assert timeout is not None
    assert int(options["TimeoutStopSec"]) >= int(timeout[1]) + 5
    assert options["ExecReload"] == "/bin/kill -HUP $MAINPID"


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_manifest_is_sound(path: Path) -> None:
    """By the schemas of Kubernetes: unknown fields are refused."""
    assert "passed for resource" in run(PROGRAMS / "kubernetes-validate", "--strict", path)


def test_manifests_fit_together() -> None:
    labels = manifest("deployment")["spec"]["template"]["metadata"]["labels"]
    assert manifest("service")["spec"]["selector"] == labels
    for name, field in (("disruption-budget", "selector"), ("network-policy", "podSelector")):
        assert manifest(name)["spec"][field]["matchLabels"] == labels
    (rule,) = manifest("ingress")["spec"]["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    assert backend["name"] == manifest("service")["metadata"]["name"]


def test_pod_is_restricted_and_stops_after_its_requests() -> None:
    """Kubernetes, Pod Security Standards, "Restricted"."""
    pod = manifest("deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    values = {variable["name"]: variable.get("value") for variable in container["env"]}
    assert values["MCPSERVER_SECRET"] is values["MCPSERVER_DATABASE"] is None
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] >= pause + int(values["MCPSERVER_SHUTDOWN_TIMEOUT"] or 0) + 5


@pytest.mark.parametrize("path", [path for path in FILES.rglob("*") if path.is_file()], ids=lambda path: path.name)
def test_settings_exist(path: Path) -> None:
    """Each MCPSERVER_ variable is one that the service reads."""
    known = {f"MCPSERVER_{field.name.upper()}" for field in Settings.__attrs_attrs__} | {"MCPSERVER_CONFIG"}
    assert set(re.findall(r"MCPSERVER_[A-Z_]+", path.read_text())) <= known
