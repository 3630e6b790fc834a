"""Servers, tokens and a virtual environment for scripts that try a served
release with the clients that people use.

A script gives its checks to `main`, which makes a virtual environment of the
script's requirements.txt (once; again when that file changes), starts a server
on free ports, tries one check after the other and revokes the tokens that it
made. It ends with 0 when all went well, 1 when something did not, and 77, after
a line that begins with "skipped:", where the packages cannot be had.
"""

import argparse
import contextlib
import hashlib
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

SKIPPED = 77


def main(script: Path, what: str, world: type["World"], checks: list) -> int:
    parser = argparse.ArgumentParser(description=f"Ask a served release over {what}.")
    parser.add_argument("--binary", required=True, type=Path, help="the program safeground")
    parser.add_argument("--releases", required=True, type=Path, help="folder of releases")
    parser.add_argument("--venv", required=True, type=Path, help="folder of the virtual environment")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("only", nargs="*", help="names of checks; all, if none is given")
    arguments = parser.parse_args()
    if not arguments.inside:
        python, reason = environment(script.parent / "requirements.txt", arguments.venv.resolve())
        if python is None:
            print(f"skipped: {what} was not tried from Python: {reason}", flush=True)
            return SKIPPED
        return subprocess.run([python, script, "--inside", *sys.argv[1:]], check=False).returncode

    failed = 0
    with contextlib.closing(world(arguments.binary.resolve(), arguments.releases.resolve())) as made:
        for check in checks:
            if arguments.only and check.__name__ not in arguments.only:
                continue
            began = time.monotonic()
            try:
                outcome = check(made) or "ok"
            except Exception as error:  # every check is tried
                failed += 1
                outcome = f"FAILED: {type(error).__name__}: {error}"
            took = time.monotonic() - began
            print(f"{check.__name__}: {outcome} ({took:.1f} s)", flush=True)
    return 1 if failed else 0


def environment(requirements: Path, folder: Path) -> tuple[Path | None, str]:
    """A Python with the pinned packages, or why there is none."""
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    done = folder / "requirements.sha256"
    python = folder / "bin" / "python"
    if python.exists() and done.exists() and done.read_text() == wanted:
        return python, ""
    steps = [
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--requirement", str(requirements)],
    ]
    for step in steps:
        try:
            made = subprocess.run(step, capture_output=True, text=True, check=False)
        except OSError as error:
            return None, str(error)
        if made.returncode != 0:
            lines = (made.stderr.strip() or made.stdout.strip()).splitlines()
            return None, lines[-1] if lines else f"pip ended with {made.returncode}"
    done.write_text(wanted)
    return python, ""


class Server:
    """A server on free ports."""

    def __init__(self, world: "World", *options: str):
        command = [
            world.binary, "serve", "--releases", world.releases,
            "--listen", "127.0.0.1:0", *world.protocol, *options,
        ]
        self.process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True,
        )
        self.http = self.url = None
        for line in self.process.stdout:
            if "http://" in line:
                self.http = "http://" + line.split("http://")[1].strip()
            elif " at " in line:
                self.url = line.split(" at ")[1].strip()
                return
        raise AssertionError(f"the server ended: {self.process.wait()}")

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=30)

    def workers(self) -> dict[int, int]:
        """Processes of the server that work, with the ticks they have worked."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError, IndexError, ValueError):
                    fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                    if int(fields[1]) == self.process.pid and fields[0] != "Z":
                        found[int(entry.name)] = int(fields[11]) + int(fields[12])
        return found

    def memory(self) -> int:
        """Bytes of memory that the server itself holds."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024


class World:
    """The program, its releases, one server that all checks share, tokens."""

    # Options of `safeground serve` for one protocol beside HTTP.
    protocol: list[str] = []

    def __init__(self, binary: Path, releases: Path):
        self.binary, self.releases = binary, releases
        self.made: list[str] = []
        self.server = Server(self)

    def close(self) -> None:
        self.server.stop()
        for token in self.made:
            with contextlib.suppress(AssertionError):
                self.revoke(token)

    def token(self, *options: str) -> tuple[str, str]:
        """A new token and its identifier."""
        done = self.run("create", "--expires", "1h", *options)
        identifier = done.stderr.split("Token ")[1].split()[0]
        self.made.append(identifier)
        # Servers read the list of tokens once a second.
        time.sleep(1.2)
        return done.stdout.strip(), identifier

    def revoke(self, identifier: str) -> None:
        self.run("revoke", identifier)

    def run(self, action: str, *options: str) -> subprocess.CompletedProcess:
        command = [self.binary, "token", action, "--releases", self.releases, *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done

    def over_http(self, sql: str, form: str, token: str | None = None, audience: str = "public"):
        """Status and body of a query over HTTP."""
        address = f"{self.server.http}/v1/sql?audience={audience}"
        body = json.dumps({"sql": sql, "format": form}).encode()
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(address, body, headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()
