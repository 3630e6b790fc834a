#!/usr/bin/env python3
"""Asks a served release over Flight SQL as researchers do: with the ADBC driver.

    python3 crates/flight/tests/clients.py --binary target/debug/safeground \\
        --releases target/demo-test/releases --venv target/flight/venv

How it ends is said in crates/xtask/clients/served.py.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "xtask" / "clients"))

import served
from served import Server

RELEASE_ID = b"safeground.release_id"
FEW = "SELECT unit_id, theme, period, rate FROM scores WHERE layer = 'district' ORDER BY 1, 2, 3 LIMIT 50"
# Hours of work for one row.
LONG = (
    "SELECT sum(a.value * b.value % 7) FROM generate_series(1, 1000000) AS a "
    "CROSS JOIN generate_series(1, 1000000) AS b"
)
# More rows than an answer may have, texts to make them heavy.
MANY = (
    "SELECT lpad('', 200, 'x') AS text, a.value FROM generate_series(1, 2000) AS a "
    "CROSS JOIN generate_series(1, 1000) AS b"
)


class World(served.World):
    """Servers that answer Flight SQL, and the ADBC driver."""

    protocol = ["--flight", "127.0.0.1:0"]

    def connect(self, server: Server | None = None, token: str | None = None,
                uri: str | None = None, **options: str):
        import adbc_driver_flightsql.dbapi as flightsql
        from adbc_driver_flightsql import DatabaseOptions

        given = {}
        if token is not None:
            given[DatabaseOptions.AUTHORIZATION_HEADER.value] = f"Bearer {token}"
        for name, value in options.items():
            header = DatabaseOptions.RPC_CALL_HEADER_PREFIX.value + name.replace("_", "-")
            given[header] = value
        uri = uri or (server or self.server).url
        return flightsql.connect(uri, db_kwargs=given, autocommit=True)


def fails(work, *words: str) -> str:
    """The message of an error of the driver, which holds all words."""
    from adbc_driver_manager import Error

    try:
        work()
    except Error as error:
        text = str(error)
        assert all(word in text for word in words), f"expected {words} in: {text}"
        return text
    raise AssertionError(f"this went well, and should not: expected {words}")


def rows(connection, sql: str, parameters=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetch_arrow_table()


def anybody_reads_the_public_release_with_pandas_polars_and_duckdb(world: World) -> None:
    import duckdb
    import pyarrow as pa

    status, body = world.over_http(FEW, "arrow")
    assert status == 200
    expected = pa.ipc.open_stream(body).read_all()
    assert expected.num_rows == 50
    with world.connect() as connection:
        table = rows(connection, FEW)
        assert table.cast(expected.schema).equals(expected)
        assert table.schema.metadata[RELEASE_ID] == expected.schema.metadata[RELEASE_ID]
        with connection.cursor() as cursor:
            cursor.execute(FEW)
            frame = cursor.fetch_df()
            assert list(frame["unit_id"]) == expected["unit_id"].to_pylist()
            assert frame["rate"].sum() == expected.to_pandas()["rate"].sum()
        with connection.cursor() as cursor:
            cursor.execute(FEW)
            frame = cursor.fetch_polars()
            assert frame["period"].to_list() == expected["period"].to_pylist()
        with connection.cursor() as cursor:
            cursor.execute(FEW)
            stream = cursor.fetch_record_batch()
            counted = duckdb.sql("SELECT count(*), count(DISTINCT unit_id) FROM stream").fetchall()
            assert counted[0][0] == 50, counted


def values_are_bound_by_position_and_by_name(world: World) -> None:
    import pyarrow as pa

    themes = "SELECT DISTINCT theme FROM scores ORDER BY theme"
    with world.connect() as connection:
        theme = rows(connection, themes)["theme"][0].as_py()
        sql = "SELECT count(*) AS n FROM scores WHERE theme = $1 AND rate >= $2"
        bound = rows(connection, sql, (theme, 0))
        written = rows(connection, f"SELECT count(*) AS n FROM scores WHERE theme = '{theme}' AND rate >= 0")
        assert bound["n"].to_pylist() == written["n"].to_pylist()
        assert bound["n"][0].as_py() > 0
        hostile = rows(connection, sql, ("' OR '1' = '1", 0))
        assert hostile["n"].to_pylist() == [0]
        with connection.cursor() as cursor:
            asked = cursor.adbc_prepare(sql)
            assert asked.names == ["1", "2"], asked
            assert pa.types.is_string(asked.field("1").type) or "string" in str(asked.field("1").type)
            cast = cursor.adbc_prepare("SELECT $1::BIGINT + 1 AS next")
            assert cast.field("1").type == pa.int64(), cast
            # The same statement again with other values.
            for value, expected in [(theme, bound["n"][0].as_py()), ("nowhere", 0)]:
                cursor.execute(sql, (value, 0))
                assert cursor.fetchone()[0] == expected
        named = "SELECT count(*) AS n FROM scores WHERE theme = $theme"
        with connection.cursor() as cursor:
            cursor.execute(named, pa.record_batch({"theme": [theme]}))
            assert cursor.fetchone()[0] > 0
        fails(lambda: rows(connection, sql, (theme,)), "the parameters do not fit")
        fails(lambda: rows(connection, "SELECT ? AS a", (1,)), "may not be used")
        many = pa.record_batch({"1": ["a", "b"]})
        with connection.cursor() as cursor:
            fails(lambda: cursor.execute("SELECT $1 AS a", many), "the parameters do not fit")


def the_catalog_can_be_looked_through(world: World) -> None:
    with world.connect() as connection:
        found = connection.adbc_get_objects(depth="all").read_all().to_pylist()
        assert [catalog["catalog_name"] for catalog in found] == ["safeground"]
        schemas = {
            schema["db_schema_name"]: {
                table["table_name"]: [column["column_name"] for column in table["table_columns"]]
                for table in schema["db_schema_tables"]
            }
            for schema in found[0]["catalog_db_schemas"]
        }
        assert {"places", "scores", "layers", "themes", "coverage"} <= set(schemas["public"])
        assert "eb_rate" in schemas["public"]["scores"]
        assert set(schemas["information_schema"]) == {"tables", "columns"}
        like = connection.adbc_get_objects(depth="tables", table_name_filter="sc%").read_all()
        tables = [
            table["table_name"]
            for schema in like.to_pylist()[0]["catalog_db_schemas"]
            for table in schema["db_schema_tables"]
        ]
        assert tables == ["scores"], tables
        assert connection.adbc_get_table_types() == ["BASE TABLE"]
        for table in schemas["public"]:
            schema = connection.adbc_get_table_schema(table, db_schema_filter="public")
            got = rows(connection, f"SELECT * FROM {table} LIMIT 0").schema
            assert schema.names == got.names and schema.types == got.types, table
        info = connection.adbc_get_info()
        assert info["vendor_name"] == "Safeground", info
        with connection.cursor() as cursor:
            assert cursor.adbc_execute_schema(FEW).names == ["unit_id", "theme", "period", "rate"]


def tokens_open_their_release_and_nothing_else(world: World) -> None:
    import adbc_driver_flightsql.dbapi as flightsql

    research, _ = world.token("--audience", "research")
    planning, _ = world.token("--audience", "planning")
    audience = "SELECT DISTINCT protection FROM coverage ORDER BY 1"
    with world.connect(token=research) as connection:
        _, body = world.over_http(audience, "json", research, "research")
        expected = [row["protection"] for row in json.loads(body)]
        assert rows(connection, audience)["protection"].to_pylist() == expected
    with world.connect(token=research, audience="research") as connection:
        assert rows(connection, "SELECT 1 AS a").num_rows == 1
    with world.connect(token=planning, audience="research") as connection:
        fails(lambda: rows(connection, "SELECT 1"), "for another audience")
    with world.connect(audience="planning") as connection:
        fails(lambda: rows(connection, "SELECT 1"), "needs a valid token")
    with world.connect(audience="everything") as connection:
        fails(lambda: rows(connection, "SELECT 1"), "expected one of public, research, planning")
    # As user and password, with a handshake.
    given = {"username": "anybody", "password": research}
    with flightsql.connect(world.server.url, db_kwargs=given, autocommit=True) as connection:
        assert rows(connection, audience)["protection"].to_pylist() == expected
    part, _ = world.token("--audience", "research", "--theme", "trafficking")
    with world.connect(token=part) as connection:
        for table in ["scores WHERE theme NOT LIKE 'indicator:%'", "breakdowns"]:
            found = rows(connection, f"SELECT DISTINCT theme FROM {table}")
            assert found["theme"].to_pylist() == ["trafficking"], table


def a_token_that_is_wrong_or_revoked_opens_nothing(world: World) -> None:
    server = Server(world)
    try:
        token, identifier = world.token("--audience", "research")
        with world.connect(server, token) as connection:
            assert rows(connection, "SELECT 1 AS a").num_rows == 1
            world.revoke(identifier)
            time.sleep(4)
            fails(lambda: rows(connection, "SELECT 1"), "needs a valid token")
        for number in range(12):
            with world.connect(server, f"sgt_{number:064x}") as connection:
                text = fails(lambda: rows(connection, "SELECT 1"))
        assert "too many invalid tokens" in text, text
        with world.connect(server) as connection:
            assert rows(connection, "SELECT 1 AS a").num_rows == 1
    finally:
        server.stop()


def a_query_that_is_cancelled_is_stopped_at_once(world: World) -> None:
    with world.connect() as connection, connection.cursor() as cursor:
        before = world.server.workers()
        timer = threading.Timer(2.0, cursor.adbc_cancel)
        timer.start()
        began = time.monotonic()
        fails(lambda: (cursor.execute(LONG), cursor.fetchall()))
        took = time.monotonic() - began
        assert took < 6, took
        deadline = time.monotonic() + 3
        while any(ticks > 60 for ticks in world.server.workers().values()):
            assert time.monotonic() < deadline, (before, world.server.workers())
            time.sleep(0.1)
    with world.connect() as connection:
        assert rows(connection, "SELECT 1 AS a").num_rows == 1


def a_limit_that_is_met_is_named(world: World) -> None:
    with world.connect() as connection:
        fails(lambda: rows(connection, MANY), "rows in the answer")
        bomb = "SELECT " + "1+" * 3000 + "1"
        fails(lambda: rows(connection, bomb), "levels of expressions")
        long = "SELECT $1 AS a"
        fails(lambda: rows(connection, long, ("x" * 100_000,)), "bytes of parameters")
        fails(lambda: rows(connection, long, ("x" * 700_000,)), "the values meet a limit")


def a_slow_reader_costs_the_server_no_memory(world: World) -> None:
    with world.connect() as connection, connection.cursor() as cursor:
        rows(connection, "SELECT 1 AS a")
        before = world.server.memory()
        cursor.execute(f"SELECT * FROM ({MANY}) LIMIT 900000")
        stream = cursor.fetch_record_batch()
        first = stream.read_next_batch()
        time.sleep(3)
        grown = world.server.memory() - before
        assert grown < 64 << 20, f"{grown >> 20} MiB"
        total = first.num_rows + sum(batch.num_rows for batch in stream)
        assert total == 900_000, total


def texts_come_as_views_or_in_classic_types_as_asked(world: World) -> None:
    import pyarrow as pa

    def of(connection):
        table = rows(connection, FEW)
        listed = connection.adbc_get_table_schema("scores", db_schema_filter="public")
        assert listed.field("unit_id").type == table.schema.field("unit_id").type
        return table.schema.field("unit_id").type

    classic = Server(world, "--classic-types")
    try:
        for server, headers, expected in [
            (world.server, {}, pa.string_view()),
            (world.server, {"classic_types": "true"}, pa.string()),
            (classic, {}, pa.string()),
            (classic, {"classic_types": "false"}, pa.string_view()),
        ]:
            with world.connect(server, **headers) as connection:
                assert of(connection) == expected, (headers, of(connection))
    finally:
        classic.stop()


def tls_protects_and_its_certificate_is_checked(world: World) -> None:
    import adbc_driver_flightsql.dbapi as flightsql
    import trustme
    from adbc_driver_flightsql import DatabaseOptions

    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    token, _ = world.token("--audience", "research")
    with tempfile.TemporaryDirectory() as folder:
        chain, key = Path(folder) / "chain.pem", Path(folder) / "key.pem"
        certificate.private_key_pem.write_to_path(key)
        for part in certificate.cert_chain_pems:
            part.write_to_path(chain, append=True)
        server = Server(world, "--tls-cert", str(chain), "--tls-key", str(key))
    try:
        assert server.url.startswith("grpc+tls://"), server.url
        trusted = authority.cert_pem.bytes().decode()
        given = {
            DatabaseOptions.TLS_ROOT_CERTS.value: trusted,
            DatabaseOptions.AUTHORIZATION_HEADER.value: f"Bearer {token}",
        }
        with flightsql.connect(server.url, db_kwargs=given, autocommit=True) as connection:
            assert rows(connection, FEW).num_rows == 50

        def untrusted(uri: str, given: dict[str, str]) -> None:
            with flightsql.connect(uri, db_kwargs=given, autocommit=True) as connection:
                rows(connection, "SELECT 1")

        other = {DatabaseOptions.TLS_ROOT_CERTS.value: trustme.CA().cert_pem.bytes().decode()}
        fails(lambda: untrusted(server.url, other))
        fails(lambda: untrusted(server.url.replace("+tls", ""), {}))
    finally:
        server.stop()
    open_to_all = [str(world.binary), "serve", "--releases", str(world.releases),
                   "--listen", "127.0.0.1:0", "--flight", "0.0.0.0:0"]
    refused = subprocess.run(open_to_all, capture_output=True, text=True, timeout=30, check=False)
    assert refused.returncode != 0 and "in the open" in refused.stderr, refused.stderr


def nothing_can_be_changed_or_sent(world: World) -> None:
    import adbc_driver_flightsql.dbapi as flightsql
    import pyarrow as pa

    with world.connect() as connection:
        batch = pa.record_batch({"a": [1]})
        with connection.cursor() as cursor:
            fails(lambda: cursor.adbc_ingest("a", batch, mode="create"), "takes no updates")
        with connection.cursor() as cursor:
            cursor.adbc_statement.set_sql_query("DELETE FROM scores")
            fails(lambda: cursor.adbc_statement.execute_update(), "takes no updates")
            plan = b"\x12\x02\x10\x01"
            cursor.adbc_statement.set_substrait_plan(plan)
            fails(lambda: cursor.adbc_statement.execute_query(), "takes no updates")
    # A transaction that is asked for is not silently left out.
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with flightsql.connect(world.server.url, autocommit=False):
            pass
    assert any("autocommit" in str(warning.message) for warning in told), told


CHECKS = [
    anybody_reads_the_public_release_with_pandas_polars_and_duckdb,
    values_are_bound_by_position_and_by_name,
    the_catalog_can_be_looked_through,
    tokens_open_their_release_and_nothing_else,
    a_token_that_is_wrong_or_revoked_opens_nothing,
    a_query_that_is_cancelled_is_stopped_at_once,
    a_limit_that_is_met_is_named,
    a_slow_reader_costs_the_server_no_memory,
    texts_come_as_views_or_in_classic_types_as_asked,
    tls_protects_and_its_certificate_is_checked,
    nothing_can_be_changed_or_sent,
]

if __name__ == "__main__":
    sys.exit(served.main(Path(__file__).resolve(), "Flight SQL", World, CHECKS))
