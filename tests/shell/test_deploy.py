"""What `docs/deploy` shows can be used: settings exist, the unit is one, commands are ours."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from gateway.__main__ import main
from gateway.shell.config_file import load_config

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"


@pytest.mark.parametrize("name", ["one.yaml", "many.yaml"])
def test_the_configurations_are_ones(name):
    """Every setting of the examples exists, others can reach the listener, and nobody is anonymous."""
    config = load_config(DEPLOY / name)
    assert not config.server.loopback
    assert config.anonymous() == ""
    assert config.retention.filings_years == 7
    assert bool(config.store.address) is (name == "many.yaml")


def test_the_commands_are_ours(capsys):
    """What the unit and the container start are commands that the program knows."""
    unit = (DEPLOY / "gateway.service").read_text(encoding="utf-8")
    commands = [
        line.split("/gateway ", 1)[1].split() for line in re.findall(r"Exec\w+=.*/bin/gateway .*", unit)
    ]
    commands.append(["serve", "--worker"])
    assert "serve" in (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    for command in commands:
        words = [word for word in command if not word.startswith(("-", "/"))]
        with pytest.raises(SystemExit) as ended:
            main([*words, "--help"])
        assert ended.value.code == 0
        said = capsys.readouterr().out
        assert all(word in said for word in command if word.startswith("-"))


def test_the_container_has_what_the_package_needs():
    """What the build of the package asks for is copied, what is copied is there, and the extras exist."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    copied = {
        name for line in re.findall(r"(?m)^COPY (.*)$", text) for name in line.split()[:-1] if name != "."
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", "constraints.txt", project["project"]["readme"], *wheel["packages"]}
    assert needed | set(wheel["force-include"]) | set(project["project"]["license-files"]) == copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    extras = set(project["project"]["optional-dependencies"]) - {"dev"}
    assert set(re.findall(r"(?m)^# EXTRAS: (.*?)\.", text)[0].split(", ")) == extras
    assert set(re.findall(r"(?m)^ARG EXTRAS=(.*)$", text)[0].split(",")) <= extras


def test_the_unit_is_one(tmp_path):
    """Systemd finds nothing wrong with the unit but that the program is not installed there."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    text = (
        (DEPLOY / "gateway.service")
        .read_text(encoding="utf-8")
        .replace("/opt/gateway/.venv/bin/gateway", "/bin/true")
    )
    unit = tmp_path / "gateway.service"
    unit.write_text(text, encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "gateway.service" in line] == []
