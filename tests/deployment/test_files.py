"""The files of a deployment, as the programs read them for which they are written.

`make lint` checks the rest of them: Dockerfile, compose.yaml, the workflow, shell scripts.
"""

import datetime as dt
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from ruamel.yaml import YAML

import config
from tests.deployment import nginx
from tests.deployment.nodes import node
from tests.live import ROOT, settings_for
from tests.missing import Missing, give_up

UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
# By systemd's own measure 0 is out of reach of everything, and 10 of nothing.
EXPOSURE = "15"  # tenths


@pytest.mark.parametrize("name", ["site.conf", "nodes.conf"])
def test_nginx_accepts_its_configuration(name: str, tmp_path: Path) -> None:
    nginx.require()
    changes = {
        "site.conf": {
            "/srv/taskapp/deploy/nginx/": f"{tmp_path}/",
            "/etc/letsencrypt/live/tasks.example.org/": f"{tmp_path}/",
            "listen 80;": "listen 127.0.0.1:80;",
        },
        "nodes.conf": {
            "/etc/nginx/taskapp/": f"{tmp_path}/",
            "web-1:8000": "127.0.0.1:8001",
            "web-2:8000": "127.0.0.1:8002",
        },
    }
    write_certificate(tmp_path, "tasks.example.org")
    said = nginx.check(nginx.write_configuration(tmp_path, name, changes[name]))
    assert "test is successful" in said


def write_certificate(folder: Path, name: str) -> None:
    """A certificate that nobody signed, under the names that certbot gives."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today)
        .not_valid_after(today + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "privkey.pem").write_bytes(private)


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units, as if Taskapp were installed where this Python is."""
    if shutil.which("systemd-analyze") is None:
        give_up(Missing("systemd", packages="systemd"))
    for unit in UNITS:
        text = unit.read_text().replace("/srv/taskapp/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / unit.name).write_text(text)
    return [tmp_path / unit.name for unit in UNITS]


def test_systemd_understands_every_line_of_its_units(units: list[Path]) -> None:
    verify = ["systemd-analyze", "verify", "--man=no", *units]
    said = subprocess.run(verify, check=False, capture_output=True, text=True, timeout=30)
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


def test_systemd_finds_little_that_its_services_could_do_to_the_machine(units: list[Path]) -> None:
    services = [unit for unit in units if unit.suffix == ".service"]
    rate = ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", *services]
    said = subprocess.run(rate, check=False, capture_output=True, text=True, timeout=30)
    assert said.returncode == 0, said.stdout


def test_the_jobs_come_and_go_with_the_service_and_neither_is_given_up() -> None:
    service, jobs = (unit_of(name) for name in ("taskapp.service", "taskapp-jobs.service"))
    for word in ("After", "PartOf"):
        assert jobs["Unit"][word] == "taskapp.service"
    # A unit that is required and fails takes those that wait for it along, for good.
    assert not {"Requisite", "Requires", "BindsTo"} & jobs["Unit"].keys()
    assert "taskapp.service" in jobs["Install"]["WantedBy"].split()
    for unit in (service, jobs):
        assert unit["Service"]["Restart"] == "always"
        assert unit["Unit"]["StartLimitIntervalSec"] == "0"


def test_the_jobs_keep_their_figures_where_the_service_shows_them() -> None:
    service, jobs = (unit_of(name) for name in ("taskapp.service", "taskapp-jobs.service"))
    folder = f"/run/{service['Service']['RuntimeDirectory']}"
    for unit in UNITS:
        if unit.suffix == ".service":
            assert f"\nEnvironment=PROMETHEUS_MULTIPROC_DIR={folder}\n" in unit.read_text()
    assert jobs["Service"]["ReadWritePaths"] == f"-{folder}"
    # What a unit calls its own goes when it stops; the service would be left without.
    assert "RuntimeDirectory" not in jobs["Service"]


def unit_of(name: str) -> ConfigParser:
    """A unit; of a word that comes twice, such as Environment, the last."""
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # as they are written
    unit.read(ROOT / "deploy" / "systemd" / name)
    return unit


def test_compose_sets_what_there_is_to_set() -> None:
    services = YAML(typ="safe").load(ROOT / "compose.yaml")["services"]
    known = {*config.load({"SECRET_KEY": "x"}), "HOST", "PORT", "WEB_CONCURRENCY"}
    for name in ("prepare", "web-1", "web-2", "jobs"):
        assert services[name]["environment"].keys() <= known
        assert services[name]["read_only"] is True
        # The image names an SQLite file, for one machine without Redis.
        assert services[name]["environment"]["JOBS_URL"].startswith("redis://")
    nodes = re.findall(r"server (\S+):8000", (nginx.CONFIGURATION / "nodes.conf").read_text())
    assert set(nodes) < services.keys()


def test_what_goes_into_the_image_is_enough_to_prepare_and_serve(tmp_path: Path) -> None:
    """The files that .dockerignore lets through, and the settings and commands of Dockerfile."""
    image, data = tmp_path / "image", tmp_path / "data"
    data.mkdir()
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line.startswith("!"):
            copy(ROOT / line[1:], image / line[1:])
    dockerfile = (ROOT / "Dockerfile").read_text().replace("/data/", f"{data}/")
    named = dict(re.findall(r"^(?:ENV| {4}) ?([A-Z_]+)=(\S*)", dockerfile, re.MULTILINE))
    assert {"DATABASE_URL", "STORAGE_URL", "FLASK_APP", "LOG_FILE"} <= named.keys()
    named |= {"HOST": "127.0.0.1", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    database = named.pop("DATABASE_URL")
    env = os.environ | settings_for(database, **named)
    env.pop("PYTHONPATH", None)

    services = YAML(typ="safe").load(ROOT / "compose.yaml")["services"]
    shell, option, prepare = services["prepare"]["command"]
    prepare = prepare.replace("/assets", f"{tmp_path}/assets")
    subprocess.run([shell, option, prepare], cwd=image, env=env, check=True, timeout=180)
    assert (data / "taskapp.db").is_file()
    assert list((tmp_path / "assets/bootstrap/static").glob("*/css/bootstrap.min.css"))

    program, *options, module = command(dockerfile, "CMD")
    assert (program, module) == ("gunicorn", "wsgi:app")
    arguments = {"GUNICORN_CMD_ARGS": shlex.join(options)}
    with node(database, folder=image, **named, **arguments) as served:
        served.start().until_ready()
        check = command(dockerfile, "    CMD")
        assert not subprocess.run(
            check, env=env | {"PORT": str(served.port)}, check=True
        ).returncode
        served.stop()
        with pytest.raises(subprocess.CalledProcessError):
            subprocess.run(check, env=env, check=True, capture_output=True)


def command(dockerfile: str, instruction: str) -> list[str]:
    """The words of a command in JSON form."""
    (words,) = re.findall(f"^{instruction} (.+)", dockerfile, re.MULTILINE)
    return json.loads(words)


def test_what_the_manual_says_to_watch_is_there_to_be_seen(sqlite_app: Flask) -> None:
    manual = (ROOT / "docs" / "deploy.md").read_text()
    client = sqlite_app.test_client()
    client.get("/healthz")
    figures = client.get("/metrics").text
    named = re.findall(r"^\| `(taskapp_\w+)(?:\{([\w,]+)\})?`", manual, re.MULTILINE)
    assert len(named) == 4
    for name, labels in named:
        shown = rf"{name}\w*\{{.*{'.*'.join(labels.split(','))}" if labels else f"{name} "
        assert re.search(f"^{shown}", figures, re.MULTILINE), name

    rows = manual.partition("| event | means |")[2].partition("## ")[0].splitlines()
    events = [name for row in rows for name in re.findall(r"`(\w+)`", row.rpartition("| ")[0])]
    source = "".join(path.read_text() for path in (ROOT / "taskapp").rglob("*.py"))
    assert len(events) > 8
    assert [event for event in events if f'"{event}"' not in source] == []


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)
