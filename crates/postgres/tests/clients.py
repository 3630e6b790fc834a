#!/usr/bin/env python3
"""Asks a served release over the PostgreSQL protocol as people do: with psql,
psycopg, asyncpg, and pandas over SQLAlchemy.

    python3 crates/postgres/tests/clients.py --binary target/debug/safeground \\
        --releases target/demo-test/releases --venv target/postgres/venv

How it ends is said in crates/xtask/clients/served.py. Where there is no psql
(Debian's postgresql-client), its check says so.
"""

import datetime
import decimal
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "xtask" / "clients"))

import served
from served import Server

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
    """Servers that answer the PostgreSQL protocol, and psycopg."""

    protocol = ["--postgres", "127.0.0.1:0"]

    def address(self, server: Server | None = None, token: str | None = None,
                database: str = "public") -> str:
        place = (server or self.server).url.split("://")[1].split("/")[0]
        who = f"anybody:{token}" if token else "anybody"
        return f"postgresql://{who}@{place}/{database}"

    def connect(self, server: Server | None = None, token: str | None = None,
                database: str = "public", **options):
        import psycopg

        return psycopg.connect(self.address(server, token, database), **options)


def fails(work, state: str, *words: str):
    """An error of psycopg with one of these SQLSTATEs, and words."""
    import psycopg

    try:
        work()
    except psycopg.Error as error:
        text = str(error)
        found = error.sqlstate or error.diag.sqlstate
        # What ends a connection before it began has no state of its own.
        assert found is None or found in state.split(), f"expected {state}, got {found}: {text}"
        assert all(word in text for word in words), f"expected {words} in: {text}"
        return error
    raise AssertionError(f"this went well, and should not: expected {state} {words}")


def rows(connection, sql: str, parameters=None, **options):
    with connection.cursor(**options) as cursor:
        return cursor.execute(sql, parameters).fetchall()


def anybody_reads_the_public_release_with_psycopg_in_text_and_binary(world: World) -> None:
    status, body = world.over_http(FEW, "json")
    assert status == 200
    expected = [tuple(row.values()) for row in json.loads(body)]
    assert len(expected) == 50
    with world.connect() as connection:
        for binary in [False, True]:
            assert rows(connection, FEW, binary=binary) == expected, binary
            one = rows(
                connection,
                "SELECT true, 1::SMALLINT, 2::INT, 3::BIGINT, 4.5::REAL, 6.75::DOUBLE, 'text', NULL, "
                "DATE '2024-01-31', TIMESTAMP '2024-01-31 10:20:30', 1.50::DECIMAL(5,2), "
                "h3_latlng_to_cell(25.6, 85.1, 5), make_array(1, 2), X'00ff'",
                binary=binary,
            )[0]
            assert one[:11] == (
                True, 1, 2, 3, 4.5, 6.75, "text", None, datetime.date(2024, 1, 31),
                datetime.datetime(2024, 1, 31, 10, 20, 30), decimal.Decimal("1.50"),
            ), one
            assert int(one[11]) > 2**58 and one[12] == [1, 2] and one[13] == b"\x00\xff", one
        with connection.cursor() as cursor:
            cursor.execute(FEW)
            assert [column.name for column in cursor.description] == ["unit_id", "theme", "period", "rate"]
            assert cursor.rowcount == 50


def values_are_bound_and_never_read_as_sql(world: World) -> None:
    with world.connect(autocommit=True) as connection:
        theme = rows(connection, "SELECT DISTINCT theme FROM scores ORDER BY theme")[0][0]
        sql = "SELECT count(*) FROM scores WHERE theme = %s AND rate >= %s"
        written = rows(connection, f"SELECT count(*) FROM scores WHERE theme = '{theme}' AND rate >= 0.5")
        for binary in [False, True]:
            assert rows(connection, sql, (theme, 0.5), binary=binary) == written
            assert rows(connection, sql, (theme, decimal.Decimal("0.5")), binary=binary) == written
            assert rows(connection, sql, ("' OR '1' = '1", 0), binary=binary) == [(0,)]
        # Often enough that the driver prepares it on the server.
        for number in range(8):
            found = connection.execute("SELECT %s + 1", (number,), prepare=True).fetchall()
            assert found == [(number + 1,)]
        given = [True, 7, 2**40, 1.5, "naïve", datetime.date(2020, 2, 29), None, b"\x01",
                 datetime.datetime(2020, 2, 29, 1, 2, 3), decimal.Decimal("-12.34")]
        for value in given:
            for binary in ["%t", "%b"]:
                if value is None and binary == "%b":
                    continue
                got = rows(connection, f"SELECT {binary} AS a", (value,))[0][0]
                assert got == value, (binary, value, got)
        with connection.cursor() as cursor:
            cursor.executemany("SELECT %s::INT * 2", [(1,), (2,)], returning=True)
            assert cursor.fetchone() == (2,)
        fails(lambda: rows(connection, "SELECT %s AS a", ([1, 2],)), "22023", "parameters do not fit")
        fails(lambda: rows(connection, "SELECT $1::INT"), "22023", "parameters do not fit")
        fails(lambda: rows(connection, "SELECT %s AS a", ("x" * 100_000,)), "54000", "bytes of parameters")


def a_transaction_is_of_one_release_and_an_error_ends_it(world: World) -> None:
    import psycopg

    with world.connect() as connection:
        status = psycopg.pq.TransactionStatus
        assert rows(connection, "SELECT 1") == [(1,)]
        assert connection.info.transaction_status == status.INTRANS
        fails(lambda: rows(connection, "SELECT * FROM nowhere"), "42P01", "nowhere")
        fails(lambda: rows(connection, "SELECT 1"), "25P02")
        connection.rollback()
        assert connection.info.transaction_status == status.IDLE
        assert rows(connection, "SELECT 2") == [(2,)]
        connection.commit()
        connection.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
        connection.read_only = True
        assert rows(connection, "SELECT 3") == [(3,)]
        connection.rollback()
        connection.read_only = False
        fails(lambda: rows(connection, "SELECT 4"), "25006", "read-only")
    with world.connect(autocommit=True) as connection:
        assert rows(connection, "SHOW server_version")[0][0].startswith("16")
        connection.execute("SET application_name = 'a test'")
        connection.execute("SET TIME ZONE 'UTC'")
        fails(lambda: connection.execute("SET TIME ZONE 'Asia/Kolkata'"), "0A000", "UTC")
        fails(lambda: connection.execute("SET datafusion.execution.batch_size = 1"), "0A000")
        connection.execute("SET statement_timeout = '1s'")
        began = time.monotonic()
        fails(lambda: rows(connection, LONG), "57014", "seconds")
        assert time.monotonic() - began < 10


def rows_come_a_few_at_a_time_where_that_is_asked(world: World) -> None:
    import psycopg

    sql = "SELECT value FROM generate_series(1, 30000)"
    with world.connect(autocommit=True) as connection, connection.cursor() as cursor:
        total = sum(row[0] for row in cursor.stream(sql))
        assert total == 30000 * 30001 // 2
        # What a portal has left is fetched by another Execute: the protocol's
        # own cursors, as drivers for other languages use them.
        with psycopg.connect(world.address(), autocommit=True) as other:
            with other.pipeline():
                cursors = [other.execute("SELECT %s::INT", (number,)) for number in range(5)]
                assert [cursor.fetchone()[0] for cursor in cursors] == list(range(5))


def portals_are_fetched_from_in_parts_with_asyncpg(world: World) -> None:
    import asyncio

    import asyncpg

    async def ask() -> None:
        connection = await asyncpg.connect(world.address(), statement_cache_size=10)
        try:
            row = await connection.fetchrow(
                "SELECT count(*) AS n, $2::VARCHAR AS t, DATE '2024-01-31' AS d FROM scores WHERE rate >= $1",
                0.5, "x",
            )
            assert row["n"] > 0 and row["t"] == "x" and row["d"] == datetime.date(2024, 1, 31), row
            # A cast says the type of a value; drivers send what is told.
            assert await connection.fetchval("SELECT $1::BIGINT + 1", 2**40) == 2**40 + 1
            day = datetime.date(2024, 2, 29)
            assert await connection.fetchval("SELECT $1::DATE", day) == day
            async with connection.transaction(readonly=True):
                numbers = []
                sql = "SELECT value FROM generate_series(1, 1000)"
                async for record in connection.cursor(sql, prefetch=64):
                    numbers.append(record["value"])
                assert numbers == list(range(1, 1001))
            try:
                await connection.fetch("SELECT * FROM nowhere")
            except asyncpg.PostgresError as error:
                assert error.sqlstate == "42P01", error.sqlstate
            else:
                raise AssertionError("there is no such table")
        finally:
            await connection.close()

    asyncio.run(ask())


def pandas_reads_a_release_over_sqlalchemy(world: World) -> None:
    import pandas
    import sqlalchemy

    address = world.address().replace("postgresql://", "postgresql+psycopg://")
    engine = sqlalchemy.create_engine(address, use_native_hstore=False)
    with engine.connect() as connection:
        frame = pandas.read_sql(sqlalchemy.text(FEW), connection)
        assert list(frame.columns) == ["unit_id", "theme", "period", "rate"] and len(frame) == 50
        counted = sqlalchemy.text("SELECT count(*) FROM scores WHERE theme = :theme")
        found = connection.execute(counted, {"theme": frame["theme"][0]}).scalar_one()
        assert found > 0


def tokens_open_their_release_and_nothing_else(world: World) -> None:
    research, _ = world.token("--audience", "research")
    planning, _ = world.token("--audience", "planning")
    sql = "SELECT DISTINCT protection FROM coverage ORDER BY 1"
    _, body = world.over_http(sql, "json", research, "research")
    expected = [(row["protection"],) for row in json.loads(body)]
    for database in ["research", "anybody", "safeground", ""]:
        with world.connect(token=research, database=database) as connection:
            assert rows(connection, sql) == expected, database
    fails(lambda: world.connect(token=planning, database="research"), "28000", "for another audience")
    fails(lambda: world.connect(token=research, database="everything"), "3D000", "expected one of public")
    part, _ = world.token("--audience", "research", "--theme", "trafficking")
    with world.connect(token=part, database="research") as connection:
        for table in ["scores WHERE left(theme, 10) <> 'indicator:'", "breakdowns"]:
            assert rows(connection, f"SELECT DISTINCT theme FROM {table}") == [("trafficking",)], table


def a_token_that_is_wrong_or_revoked_opens_nothing(world: World) -> None:
    server = Server(world)
    try:
        token, identifier = world.token("--audience", "research")
        connection = world.connect(server, token, "research", autocommit=True)
        assert rows(connection, "SELECT 1") == [(1,)]
        world.revoke(identifier)
        time.sleep(4)
        fails(lambda: rows(connection, "SELECT 1"), "28P01", "needs a valid token")
        assert connection.closed
        for number in range(12):
            guess = f"sgt_{number:064x}"
            error = fails(lambda: world.connect(server, guess, "research"), "28P01")
        assert "too many invalid tokens" in str(error), error
        with world.connect(server) as connection:
            assert rows(connection, "SELECT 1") == [(1,)]
    finally:
        server.stop()


def a_query_that_is_cancelled_or_left_is_stopped_at_once(world: World) -> None:
    def idle() -> None:
        deadline = time.monotonic() + 10
        while True:
            before = world.server.workers()
            time.sleep(1)
            after = world.server.workers()
            if all(after[worker] - before.get(worker, 0) < 5 for worker in after):
                return
            assert time.monotonic() < deadline, (before, after)

    with world.connect(autocommit=True) as connection:
        began = time.monotonic()
        threading.Timer(2.0, connection.cancel_safe).start()
        fails(lambda: rows(connection, LONG), "57014", "cancelled")
        assert time.monotonic() - began < 8
        idle()
        assert rows(connection, "SELECT 1") == [(1,)], "the connection goes on"
    connection = world.connect(autocommit=True)
    connection.pgconn.send_query(LONG.encode())
    time.sleep(2)
    connection.close()
    idle()


def a_limit_that_is_met_is_named(world: World) -> None:
    with world.connect(autocommit=True) as connection:
        fails(lambda: rows(connection, MANY), "54000", "rows in the answer")
        fails(lambda: rows(connection, "SELECT " + "1+" * 3000 + "1"), "54001", "levels of expressions")
        fails(lambda: rows(connection, "SELECT '" + "a" * 70_000 + "'"), "54001", "bytes of text")
        assert rows(connection, "SELECT 1") == [(1,)]


def a_slow_reader_costs_the_server_no_memory(world: World) -> None:
    with world.connect(autocommit=True) as connection, connection.cursor() as cursor:
        rows(connection, "SELECT 1")
        before = world.server.memory()
        stream = cursor.stream(f"SELECT * FROM ({MANY}) LIMIT 600000")
        next(stream)
        time.sleep(3)
        grown = world.server.memory() - before
        assert grown < 64 << 20, f"{grown >> 20} MiB"
        assert 1 + sum(1 for _ in stream) == 600_000


def nothing_can_be_changed_or_sent(world: World) -> None:
    with world.connect(autocommit=True) as connection:
        for sql in [
            "DELETE FROM scores", "CREATE TABLE a (b INT)", "DROP TABLE scores", "VACUUM",
            "COPY scores TO '/tmp/a.csv'", "DO $$ BEGIN END $$", "LISTEN a", "SET ROLE admin",
        ]:
            fails(lambda: connection.execute(sql), "0A000 42601")

        def copied() -> None:
            with connection.cursor().copy("COPY scores FROM STDIN"):
                pass

        fails(copied, "0A000")
        fails(lambda: connection.execute("SELECT 1; SELECT 2"), "42601", "exactly one statement")
        fails(lambda: connection.execute("BEGIN; DROP TABLE scores"), "42601")


def psql_asks_lists_tables_and_tells_errors(world: World) -> str | None:
    if shutil.which("psql") is None:
        return "skipped: there is no psql, which is Debian's postgresql-client"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}

    def psql(address: str, *commands: str, **given: str) -> subprocess.CompletedProcess:
        options = [part for command in commands for part in ("-c", command)]
        return subprocess.run(
            ["psql", "-X", "--no-password", "-A", "-t", *options, address], capture_output=True, text=True,
            env=environment | given, timeout=60, check=False,
        )

    public = world.address()
    done = psql(public, "SELECT count(*) > 0 FROM scores")
    assert (done.returncode, done.stdout.strip()) == (0, "t"), done
    done = psql(public, "\\dt")
    assert done.returncode == 0 and "public|scores|table|safeground" in done.stdout, done
    assert psql(public, "\\d").stdout == done.stdout
    done = psql(public, "SELECT * FROM nowhere")
    assert done.returncode != 0 and 'no table "nowhere"' in done.stderr, done
    assert "urn:safeground:problem:sql-unknown-table" in done.stderr, done
    done = psql(public, "BEGIN", "SELECT 1", "COMMIT")
    assert done.stdout.split() == ["BEGIN", "1", "COMMIT"], done
    token, _ = world.token("--audience", "research")
    research = world.address(database="research")
    assert psql(research, "SELECT 1").returncode != 0
    assert psql(research, "SELECT 1", PGPASSWORD=token).stdout.strip() == "1"
    # Ctrl-C in the interactive program sends the same signal.
    running = subprocess.Popen(
        ["psql", "-X", "--no-password", "-c", LONG, public], stderr=subprocess.PIPE, text=True, env=environment
    )
    time.sleep(2)
    running.send_signal(2)
    assert "cancelled" in running.communicate(timeout=10)[1]
    return None


def jdbc_asks_with_the_driver_of_debian(world: World) -> str | None:
    driver = Path("/usr/share/java/postgresql.jar")
    if shutil.which("sqlline") is None or not driver.exists():
        return "skipped: there is no sqlline and libpostgresql-jdbc-java, which are Debian's"
    token, _ = world.token("--audience", "research")
    place = world.server.url.split("://")[1].split("/")[0]
    done = subprocess.run(
        ["sqlline", "-d", "org.postgresql.Driver", "-u", f"jdbc:postgresql://{place}/research",
         "-n", "anybody", "-p", token, "-e", "SELECT count(*) > 0 AS some, DATE '2024-01-31' AS d FROM scores",
         "--outputformat=csv", "--silent=true"],
        capture_output=True, text=True, timeout=60, check=False, env=os.environ | {"CLASSPATH": str(driver)},
    )
    assert "2024-01-31" in done.stdout and "t" in done.stdout, done
    return None


def tls_protects_and_its_certificate_is_checked(world: World) -> None:
    import psycopg
    import trustme

    authority, other = trustme.CA(), trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    token, _ = world.token("--audience", "research")
    with tempfile.TemporaryDirectory() as folder:
        chain, key = Path(folder) / "chain.pem", Path(folder) / "key.pem"
        trusted, wrong = Path(folder) / "trusted.pem", Path(folder) / "wrong.pem"
        certificate.private_key_pem.write_to_path(key)
        for part in certificate.cert_chain_pems:
            part.write_to_path(chain, append=True)
        authority.cert_pem.write_to_path(trusted)
        other.cert_pem.write_to_path(wrong)
        server = Server(world, "--tls-cert", str(chain), "--tls-key", str(key))
        try:
            assert server.url.endswith("?sslmode=require"), server.url
            checked = {"sslmode": "verify-full", "sslrootcert": str(trusted), "autocommit": True}
            with world.connect(server, token, "research", **checked) as connection:
                assert connection.pgconn.ssl_in_use
                assert len(rows(connection, FEW)) == 50
                threading.Timer(1.0, connection.cancel_safe).start()
                fails(lambda: rows(connection, LONG), "57014", "cancelled")
            checked["sslrootcert"] = str(wrong)
            fails(lambda: world.connect(server, token, "research", **checked), "08006", "certificate")
            for database in ["public", "research"]:
                fails(lambda: world.connect(server, token, database, sslmode="disable"), "28000", "TLS alone")
        finally:
            server.stop()
    open_to_all = [str(world.binary), "serve", "--releases", str(world.releases),
                   "--listen", "127.0.0.1:0", "--postgres", "0.0.0.0:0"]
    refused = subprocess.run(open_to_all, capture_output=True, text=True, timeout=30, check=False)
    assert refused.returncode != 0 and "in the open" in refused.stderr, refused.stderr
    with world.connect(sslmode="prefer") as connection:
        assert not connection.pgconn.ssl_in_use
    fails(lambda: psycopg.connect(world.address(), sslmode="require"), "08006", "SSL")


CHECKS = [
    anybody_reads_the_public_release_with_psycopg_in_text_and_binary,
    values_are_bound_and_never_read_as_sql,
    a_transaction_is_of_one_release_and_an_error_ends_it,
    rows_come_a_few_at_a_time_where_that_is_asked,
    portals_are_fetched_from_in_parts_with_asyncpg,
    pandas_reads_a_release_over_sqlalchemy,
    tokens_open_their_release_and_nothing_else,
    a_token_that_is_wrong_or_revoked_opens_nothing,
    a_query_that_is_cancelled_or_left_is_stopped_at_once,
    a_limit_that_is_met_is_named,
    a_slow_reader_costs_the_server_no_memory,
    nothing_can_be_changed_or_sent,
    psql_asks_lists_tables_and_tells_errors,
    jdbc_asks_with_the_driver_of_debian,
    tls_protects_and_its_certificate_is_checked,
]

if __name__ == "__main__":
    sys.exit(served.main(Path(__file__).resolve(), "the PostgreSQL protocol", World, CHECKS))
