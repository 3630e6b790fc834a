#!/usr/bin/env python3
"""Runs every notebook of this folder against a served release.

    SAFEGROUND_URL=http://127.0.0.1:8080 SAFEGROUND_TOKEN=… \\
        python3 notebooks/run.py --venv target/notebooks/venv

Makes a virtual environment of requirements.txt (once; again when that file
changes), runs each notebook from its first cell to its last, and fails on the
first error of any. The notebooks themselves are not changed. With --keep DIR
the executed copies are written there.

Ends with 0 when all ran, 1 when a notebook failed or keeps output, 2 when it
was asked wrongly, and 77, after a line that begins with "skipped:", where the
packages cannot be had.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIPPED = 77


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the notebooks against SAFEGROUND_URL.")
    parser.add_argument("--venv", required=True, type=Path, help="folder of the virtual environment")
    parser.add_argument("--keep", type=Path, help="folder for the executed copies")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("only", nargs="*", help="names of notebooks; all, if none is given")
    arguments = parser.parse_args()

    notebooks = sorted(HERE.glob("[0-9]*.ipynb"))
    if arguments.only:
        notebooks = [path for path in notebooks if path.name in arguments.only]
    if not notebooks:
        print("no notebook of that name: see notebooks/README.md", file=sys.stderr)
        return 2
    with_output = [path.name for path in notebooks if keeps_output(path)]
    if with_output:
        print(f"strip the output of {', '.join(with_output)} before it is kept", file=sys.stderr)
        return 1
    if not os.environ.get("SAFEGROUND_URL"):
        print("SAFEGROUND_URL is not set: give the address of a served release", file=sys.stderr)
        return 2
    if arguments.inside:
        return run_all(notebooks, arguments.keep)

    python, reason = environment(arguments.venv.resolve())
    if python is None:
        print(f"skipped: the notebooks were not run: {reason}", flush=True)
        return SKIPPED
    return subprocess.run([python, __file__, "--inside", *sys.argv[1:]], check=False).returncode


def keeps_output(path: Path) -> bool:
    """Whether a notebook holds output or counts of executions."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


def environment(folder: Path) -> tuple[Path | None, str]:
    """A Python with the pinned packages, or why there is none."""
    requirements = HERE / "requirements.txt"
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


def run_all(notebooks: list[Path], keep: Path | None) -> int:
    """Executes notebooks; 1 if any fails."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    from traitlets.config import Config

    failed = 0
    for path in notebooks:
        # Sockets in a folder of our own: no port of the machine is opened, and
        # runs at the same time do not meet.
        sockets = tempfile.TemporaryDirectory(prefix="notebook-")
        config = Config()
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = str(Path(sockets.name) / "kernel")
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        began = time.monotonic()
        client = NotebookClient(
            notebook,
            config=config,
            kernel_name="python3",
            timeout=180,
            resources={"metadata": {"path": str(HERE)}},
        )
        try:
            client.execute()
        except CellExecutionError as error:
            failed += 1
            print(f"FAILED  {path.name}\n{without_colours(str(error))}", file=sys.stderr, flush=True)
        except Exception as error:  # a kernel that dies or a cell that never ends
            failed += 1
            print(f"FAILED  {path.name}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        else:
            cells = sum(cell.cell_type == "code" for cell in notebook.cells)
            print(f"ran     {path.name}: {cells} cells, {time.monotonic() - began:.0f} s", flush=True)
        finally:
            sockets.cleanup()
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, keep / path.name)
    return 1 if failed else 0


def without_colours(text: str) -> str:
    """Text without the escape sequences that terminals show as colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


if __name__ == "__main__":
    sys.exit(main())
