"""MLflow: packs and results with the run of a model, references from there, an alias that moves when all is well.

MLflow's packages do not go together with all of Driftline's extras: `pip install 'driftline[mlflow]'` in an environment
of its own. Where the tracking server is, and who asks, MLflow reads from its own settings (`MLFLOW_TRACKING_URI` …).
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from driftline.config.url import hide_secrets
from driftline.errors import ConfigError, MissingExtraError, StoreError
from driftline.monitor import Monitor
from driftline.types import Level
from driftline.verdicts.result import Result

try:
    import mlflow
    from mlflow.entities import Metric, RunTag
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient
except ImportError as error:
    raise MissingExtraError("MLflow", "mlflow") from error

FOLDER, PACK = "driftline", "monitor.pack"
_MOST = 1000  # metrics, which is what the server takes at once
_VERSION = re.compile(r"models:/(?P<name>[^/@]+)(?:/(?P<version>[0-9]+)|@(?P<alias>[^/@]+))")
_RUN = re.compile(r"runs:/(?P<run>[^/]+)")


def log_monitor(monitor: Monitor, run_id: str) -> str:
    """Keep a monitor's pack with the run that trained its model; gives the run's URI, which `load_monitor` takes.

    Raises:
        StoreError: when the server cannot be reached, knows no such run, or does not let this user write.
    """
    with _telling(), tempfile.TemporaryDirectory() as folder:
        path = monitor.save(Path(folder) / PACK)
        MlflowClient().log_artifact(run_id, str(path), FOLDER)
    return f"runs:/{run_id}"


def log_result(result: Result, run_id: str) -> None:
    """Log a check to a run: its reports (HTML, Markdown, JSON), its numbers, and its level as a tag.

    A metric is named `driftline/METRIC/COLUMN/SEGMENT` without what is missing, and has the time of the window's end as
    its step, in seconds since 1970; the first 1,000 that are judged are logged. Logging the same result again adds
    points with the same step and value, and replaces the reports.

    Raises:
        StoreError: when the server cannot be reached, knows no such run, or does not let this user write.
    """
    client, name = MlflowClient(), (result.window or "all").replace("/", " to ").replace(":", "")
    end = result.window.partition("/")[2] if result.window else result.created
    when = datetime.fromisoformat(end if "+" in end else f"{end}+00:00")
    judged = [verdict for verdict in result.verdicts if verdict.judged and verdict.value is not None]
    metrics = [
        Metric(_name(verdict.metric, verdict.column, verdict.segment), verdict.value, int(when.timestamp() * 1000),
               int(when.timestamp()))
        for verdict in judged[:_MOST]
    ]  # fmt: skip
    tags = [RunTag("driftline.level", result.level.value), RunTag("driftline.headline", result.headline)]
    with _telling():
        for form, suffix in (("html", "html"), ("markdown", "md"), ("json", "json")):
            client.log_text(run_id, result.render(form), f"{FOLDER}/{name}/report.{suffix}")
        client.log_batch(run_id, metrics=metrics, tags=tags)


def load_monitor(uri: str) -> Monitor:
    """The monitor that was kept with a run or a registered model's version.

    Args:
        uri: `runs:/RUN`, `models:/NAME/VERSION` or `models:/NAME@ALIAS`.

    Raises:
        ConfigError: when it is no such URI.
        StoreError: when there is no such run or version, or no pack was kept with it.
        PackError: when the pack was changed, or is of another version.
    """
    with _telling(), tempfile.TemporaryDirectory() as folder:
        run = _find_run(uri)
        path = mlflow.artifacts.download_artifacts(run_id=run, artifact_path=f"{FOLDER}/{PACK}", dst_path=folder)
        return Monitor.load(path)


def promote(name: str, version: str, alias: str, result: Result, *, allow_unknown: bool = False) -> bool:
    """Point an alias at a version, if the check of the version's predictions says that nothing is wrong.

    The version is tagged with the level and the sentence of the check, moved or not; gives whether the alias moved.

    Args:
        name: of the registered model.
        version: that the alias is to point at.
        alias: such as `champion`.
        result: the check.
        allow_unknown: move it also where there was not enough data to say.

    Raises:
        StoreError: when the server cannot be reached, or knows no such model or version.
    """
    client, allowed = MlflowClient(), {Level.OK, Level.WARNING} | ({Level.UNKNOWN} if allow_unknown else set())
    with _telling():
        client.set_model_version_tag(name, version, "driftline.level", result.level.value)
        client.set_model_version_tag(name, version, "driftline.headline", result.headline)
        if result.level in allowed:
            client.set_registered_model_alias(name, alias, version)
            return True
    return False


def _find_run(uri: str) -> str:
    """The id of the run that a URI leads to."""
    if found := _RUN.fullmatch(uri):
        return found["run"]
    found = _VERSION.fullmatch(uri)
    if found is None:
        raise ConfigError(f"{uri}: expected runs:/RUN, models:/NAME/VERSION or models:/NAME@ALIAS")
    client, name = MlflowClient(), found["name"]
    version = (
        client.get_model_version(name, found["version"])
        if found["version"]
        else client.get_model_version_by_alias(name, found["alias"])
    )
    if not version.run_id:
        raise StoreError(f"{uri}: the version names no run; register it from a run, as `runs:/RUN/model`")
    return str(version.run_id)


@contextmanager
def _telling() -> Iterator[None]:
    """Tell what MLflow says in one sentence, with the server's name and without its password."""
    try:
        yield
    except (MlflowException, OSError) as error:
        text = " ".join(str(error).split())[:500]
        raise StoreError(f"MLflow at {hide_secrets(mlflow.get_tracking_uri())}: {text}") from error


def _name(*parts: str | None) -> str:
    """The name of a metric, of the characters that MLflow takes."""
    return "/".join(["driftline", *(re.sub(r"[^\w\-. ]+", "_", part) for part in parts if part)])[:250]
