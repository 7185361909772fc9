"""A PostgreSQL server on loopback, for tests: ``python tests/postgres_server.py start|stop FOLDER``.

The folder must be new. It gets the server's data, a service file and a password file; tests find it by
``IMPACTKIT_TEST_POSTGRES=FOLDER`` and are skipped without.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
from pathlib import Path

SERVICE = "impactkit-essai"
FOLDER = "IMPACTKIT_TEST_POSTGRES"


def binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found:
        raise SystemExit("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    return found[-1].parent


def run(*words: object) -> None:
    """Run as a user who is not root: the server refuses root."""
    account = {"user": "postgres"} if os.getuid() == 0 else {}
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL, cwd="/", **account)


def start(folder: Path) -> None:
    folder.mkdir(parents=True)
    password = secrets.token_hex(16)
    (folder / "password").write_text(password)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    if os.getuid() == 0:
        for path in (folder, folder / "password"):
            shutil.chown(path, "postgres")
        for parent in folder.parents[:-1]:  # mktemp -d gives a folder for root alone
            parent.chmod(parent.stat().st_mode | 0o011)
    data = folder / "data"
    run(
        binaries() / "initdb", "--pgdata", data, "--username", "essai", "--pwfile", folder / "password",
        "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8",
    )  # fmt: skip
    # The tests kill programs and sessions, never the machine: nothing has to reach the disk at once.
    options = (
        f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c max_connections=40"
        " -c fsync=off"
    )
    run(binaries() / "pg_ctl", "--pgdata", data, "--log", folder / "log", "--options", options, "-w", "start")
    (folder / "services").write_text(
        f"[{SERVICE}]\nhost=127.0.0.1\nport={port}\nuser=essai\ndbname=postgres\n"
        f"passfile={folder / 'passwords'}\n"
    )
    passwords = folder / "passwords"
    passwords.write_text(f"127.0.0.1:{port}:*:essai:{password}\n")
    passwords.chmod(0o600)
    (folder / "password").unlink()


def stop(folder: Path) -> None:
    run(binaries() / "pg_ctl", "--pgdata", folder / "data", "-m", "immediate", "-w", "stop")


if __name__ == "__main__":
    {"start": start, "stop": stop}[sys.argv[1]](Path(sys.argv[2]).resolve())
