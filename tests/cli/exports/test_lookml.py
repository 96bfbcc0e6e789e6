"""What is exported for Looker: another parser reads it, and its SQL runs on a real PostgreSQL."""

import re

import pytest
from click.testing import CliRunner

from driftline.cli.exports.base_views import VIEWS
from driftline.cli.main import main
from driftline.stores.base import open_store
from harness.programs import await_postgresql, postgresql
from harness.tiers import fill_tiers

lkml = pytest.importorskip("lkml", reason="lkml is not installed: make test")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """What the command writes, parsed, by file."""
    folder = tmp_path_factory.mktemp("lookml")
    done = CliRunner().invoke(main, ["export", "lookml", "-o", str(folder), "--connection", 'my "store"'])
    assert 0 == done.exit_code, done.output
    return {path.name: lkml.load(path.read_text("utf-8")) for path in folder.iterdir()}


def test_model(files):
    """The model names the connection, includes the views, and has an explore for each."""
    model = files["driftline.model.lkml"]
    assert (r"my \"store\"", ["*.view.lkml"]) == (model["connection"], model["includes"])
    assert list(VIEWS) == [explore["name"] for explore in model["explores"]]
    assert {f"{view}.view.lkml" for view in VIEWS} == files.keys() - {"driftline.model.lkml"}


def list_fields(view):
    """The fields of a view by name."""
    kinds = ("dimensions", "dimension_groups", "measures")
    return {field["name"]: field for kind in kinds for field in view.get(kind, ())}


def test_each_column_is_a_field(files, tmp_path):
    """Each column of a view is a dimension of its type, and a measure adds up numbers alone."""
    with open_store(f"sqlite:///{tmp_path}/store.db") as store, store.session(writes=False) as session:
        for name in VIEWS:
            (view,) = files[f"{name}.view.lkml"]["views"]
            fields = list_fields(view)
            columns = [row["name"] for row in session.read(f"SELECT name FROM pragma_table_info('{name}')", {})]  # noqa: S608 - own names
            assert set(columns) <= fields.keys()
            assert ["key"] == [field["name"] for field in fields.values() if field.get("primary_key") == "yes"]
            for measure in view["measures"]:
                if "sql" in measure:
                    of = re.fullmatch(r"\$\{(\w+)\}", measure["sql"])[1]
                    assert "number" == fields[of]["type"]


def test_its_sql_runs(files):
    """The SQL of each field runs on a store in PostgreSQL; the key tells the rows of a view apart."""
    psycopg = pytest.importorskip("psycopg")
    with postgresql() as server:
        await_postgresql(server)
        url = f"postgresql://postgres@127.0.0.1:{server.port}/postgres"
        with open_store(url) as store:
            fill_tiers(store)
        with psycopg.connect(url, autocommit=True) as line:
            for name in VIEWS:
                (view,) = files[f"{name}.view.lkml"]["views"]
                chosen = [field["sql"].replace("${TABLE}", "t") for field in list_fields(view).values()
                          if "sql" in field and "${TABLE}" in field["sql"]]  # fmt: skip
                rows = line.execute(f"SELECT {', '.join(chosen)} FROM {view['sql_table_name']} AS t").fetchall()  # noqa: S608 - own names
                assert len(rows) == len({row[0] for row in rows})
                assert rows or name in {"incidents", "events"}
