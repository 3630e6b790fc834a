"""A release of Safeground, asked over HTTP: what all notebooks share.

The address and the token come from the environment: SAFEGROUND_URL, and
SAFEGROUND_TOKEN for the research release. Without a token the public release
is read. No file of a lake or a release is opened.
"""

import os
from dataclasses import dataclass

import matplotlib.pyplot as plt
import pyarrow as pa
import requests

# Okabe and Ito's palette, told apart by colour-blind readers.
BLACK, ORANGE, SKY, GREEN, BLUE, VERMILION, GREY = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#0072B2",
    "#D55E00",
    "#999999",
)

plt.rcParams.update(
    {
        "figure.constrained_layout.use": True,
        "figure.dpi": 110,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 11,
        "legend.frameon": False,
    }
)


class Refused(Exception):
    """The server refused a request; `code` is the end of the problem's type."""

    def __init__(self, problem: dict):
        super().__init__(f"{problem['title']} ({problem.get('detail', 'no detail')})")
        self.code = problem["type"].rsplit(":", 1)[-1]
        self.title = problem["title"]


@dataclass(frozen=True)
class Release:
    """The current release of one audience."""

    url: str
    audience: str
    headers: dict

    @classmethod
    def from_environment(cls) -> "Release":
        """The research release where there is a token, else the public one."""
        url = os.environ.get("SAFEGROUND_URL", "").rstrip("/")
        if not url:
            raise RuntimeError(
                "SAFEGROUND_URL is not set: give the address that `safeground serve` prints"
            )
        token = os.environ.get("SAFEGROUND_TOKEN")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return cls(url, "research" if token else "public", headers)

    def get(self, path: str) -> dict:
        """A JSON document of the release."""
        answer = requests.get(
            f"{self.url}{path}",
            params={"audience": self.audience},
            headers=self.headers,
            timeout=60,
        )
        return _accepted(answer).json()

    def ask(self, sql: str, parameters: dict | list | None = None, rows: int | None = None) -> pa.Table:
        """The answer to one statement, as an Arrow table.

        `parameters` are bound to `$name` (a dict) or `$1` (a list). An answer
        that the server cut short, because it met a limit on the way, raises
        `requests.exceptions.ChunkedEncodingError`: it is never a shorter table.
        """
        body = {"sql": sql, "format": "arrow"}
        if parameters is not None:
            body["parameters"] = parameters
        if rows is not None:
            body["rows"] = rows
        answer = requests.post(
            f"{self.url}/v1/sql",
            params={"audience": self.audience},
            json=body,
            headers=self.headers,
            timeout=60,
        )
        return pa.ipc.open_stream(_accepted(answer).content).read_all()

    def manifest(self) -> dict:
        """What the release says of itself: inputs, policy, methods, caveats."""
        return self.get("/v1/manifest")

    def source_line(self) -> str:
        """One line that belongs under every figure."""
        manifest = self.manifest()
        synthetic = "SYNTHETIC DATA. " if manifest["synthetic"] else ""
        return (
            f"{synthetic}Safeground {self.audience} release {manifest['release_id']}, "
            f"data as of {manifest['data_as_of']}"
        )


def sign(figure: plt.Figure, source: str) -> None:
    """Writes the source under a figure."""
    figure.supxlabel(source, fontsize=7.5, color="#555555", x=0.01, ha="left")


def _accepted(answer: requests.Response) -> requests.Response:
    if answer.ok:
        return answer
    if "problem+json" in answer.headers.get("content-type", ""):
        raise Refused(answer.json())
    answer.raise_for_status()
    return answer
