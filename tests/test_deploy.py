"""The container file and the manifests of Kubernetes fit the server; no engine of containers runs them here."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
import yaml

from harness import commands
from harness.days import fit_monitor
from harness.patience import PATIENCE, until
from harness.programs import free_port

ROOT = Path(__file__).parent.parent
MANIFEST = ROOT / "deploy/kubernetes/driftline.yaml"
DOCUMENTS = {each["kind"]: each for each in yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8"))}
POD = DOCUMENTS["StatefulSet"]["spec"]["template"]["spec"]
CONTAINER = POD["containers"][0]


def run(folder: Path, *words: str) -> str:
    done = commands.run(*words, cwd=folder)
    assert 0 == done.returncode, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The server, started by the manifest's arguments in a folder instead of the volume; and a token that may read."""
    folder = tmp_path_factory.mktemp("data")
    fit_monitor().save(folder / "model.pack")
    token, port = run(folder, "token", "add", "prometheus", "--scope", "read"), str(free_port())
    words = [word.replace("/data", str(folder)).replace("8600", port) for word in CONTAINER["args"]]
    process = commands.start(*words, cwd=folder, out=folder / "serve.log")
    try:
        url = f"http://127.0.0.1:{port}"
        probe = url + CONTAINER["startupProbe"]["httpGet"]["path"]
        until(lambda: process.poll() is not None or answer(probe) == 200, "the server", pause=0.2)
        assert process.poll() is None, (folder / "serve.log").read_text("utf-8")
        yield url, token
    finally:
        process.terminate()
        process.wait()


def answer(url: str, token: str = "") -> int:
    """The status of a page; 0 where nobody answers."""
    try:
        request = Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})  # noqa: S310 - our own
        with urlopen(request, timeout=PATIENCE) as page:  # noqa: S310
            return int(page.status)
    except URLError as error:
        return int(getattr(error, "code", 0))


def test_probes_and_scrape_are_answered(served: tuple[str, str]) -> None:
    """Each probe's path answers without a token, and the monitor's path with one."""
    url, token = served
    probes = [CONTAINER[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")]
    assert [200, 200, 200] == [answer(url + path) for path in probes]
    (endpoint,) = DOCUMENTS["ServiceMonitor"]["spec"]["endpoints"]
    assert (401, 200) == (answer(url + endpoint["path"]), answer(url + endpoint["path"], token))


def test_manifest_holds_together() -> None:
    """Labels, ports and volumes name each other, one replica writes the log, no container writes to its image."""
    assert {"Service", "StatefulSet", "ServiceMonitor"} == set(DOCUMENTS)
    labels = DOCUMENTS["StatefulSet"]["spec"]["template"]["metadata"]["labels"]
    assert (
        labels
        == DOCUMENTS["Service"]["spec"]["selector"]
        == DOCUMENTS["StatefulSet"]["spec"]["selector"]["matchLabels"]
    )
    assert DOCUMENTS["Service"]["metadata"]["labels"] == DOCUMENTS["ServiceMonitor"]["spec"]["selector"]["matchLabels"]
    (port,) = CONTAINER["ports"]
    assert (port["name"], str(port["containerPort"])) == ("http", CONTAINER["args"][-1])
    assert 1 == DOCUMENTS["StatefulSet"]["spec"]["replicas"]
    volumes = {each["name"] for each in POD["volumes"]}
    volumes |= {each["metadata"]["name"] for each in DOCUMENTS["StatefulSet"]["spec"]["volumeClaimTemplates"]}
    for container in (*POD["initContainers"], CONTAINER):
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
        assert container["securityContext"]["readOnlyRootFilesystem"]


def test_container_file_copies_what_is_there() -> None:
    """Each file that it copies is in the repository and is let through, and it runs as the manifest's user."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = [name for line in re.findall(r"(?m)^COPY (?!--from)(.*)$", text) for name in line.split()[:-1]]
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split() if line[0] == "!"}
    assert ([], set(copied)) == ([name for name in copied if not (ROOT / name).exists()], allowed)
    assert f"USER {POD['securityContext']['runAsUser']}" in text
    assert str(CONTAINER["ports"][0]["containerPort"]) in re.findall(r"EXPOSE (\d+)", text)
