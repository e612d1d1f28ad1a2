"""Warm questions over HTTP beside the bare embedding of each, memory, and documents that come and go."""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from measuring import ASSISTANT, Table, p50, p95, quantiles, status_mb
from waiting import START, STEP, killed_after, until

from assistant.embedding import OnnxEmbedder

_SENTENCE = "The operator lifts the quill, plumbs it with a level of brass number {n}, and sets it down again at rest. "
# Five pages of about 350 words.
PAGE = "# CPT 99990: Zygomorphic plumbing of the quill\n\n" + "".join(
    f"## Part {part}\n" + "".join(_SENTENCE.format(n=20 * part + line) for line in range(18)) + "\n\n"
    for part in range(5)
)


@contextmanager
def served(index: Path) -> Iterator[tuple[httpx.Client, int]]:
    """A client of the service over a library, and the service's process."""
    command = [*ASSISTANT, "serve", "--index", str(index), "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        with killed_after(server, f"the service over {index} to start", START):
            said = server.stdout.readline()
        address = next((word for word in said.split() if word.startswith("http")), None)
        if address is None:
            raise SystemExit(f"the service over {index} did not start: {said.strip() or 'see above'}")
        with httpx.Client(base_url=address, timeout=STEP) as client:
            yield client, server.pid
    finally:
        server.terminate()
        with killed_after(server, f"the service over {index} to end", STEP):
            server.wait()


def ask_warm(client: httpx.Client, embedder: OnnxEmbedder, queries: Sequence[str]) -> tuple[list[float], list[float]]:
    """Seconds of the bare embedding and of POST /v1/ask for each query, one after the other."""
    bare, asked = [], []
    warming = queries[:20]
    for number, query in enumerate([*warming, *queries]):
        start = time.perf_counter()
        embedder.embed_query(query)
        embedded = time.perf_counter()
        client.post("/v1/ask", json={"query": query}).raise_for_status()
        if number >= len(warming):
            bare.append(embedded - start)
            asked.append(time.perf_counter() - embedded)
    return bare, asked


def warm(table: Table, index: Path, embedder: OnnxEmbedder, queries: Sequence[str], codes: int) -> None:
    table.heading(f"The service over {codes:,} codes ({len(queries)} queries, each beside its bare embedding)")
    with served(index) as (client, process):
        before = _processor_seconds(process)
        bare, asked = ask_warm(client, embedder, queries)
        spent = (_processor_seconds(process) - before) / len([*queries[:20], *queries])
        floor = f"bare embedding {quantiles(bare)}"
        table.row("warm POST /v1/ask, p50 / p95", quantiles(asked), floor)
        table.ratio("  its p50 to the embedding's p50", p50(asked) / p50(bare), 2)
        table.ratio("  its p95 to the embedding's p95", p95(asked) / p95(bare), 4)
        own = _embedding_seconds(embedder, queries)
        table.row(
            "  its processor time (a busy machine changes it less)",
            f"{spent * 1000:.1f} ms",
            f"bare embedding {own * 1000:.1f} ms",
            f"{spent / own:.2f} x",
        )
        memory = status_mb(process, "VmHWM")
        table.row("memory of the service, peak", f"{memory:.0f} MB", "", "<= 900 MB", memory <= 900)
        come_and_go(table, client)


def _processor_seconds(process: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _embedding_seconds(embedder: OnnxEmbedder, queries: Sequence[str]) -> float:
    start = time.process_time()
    for query in queries:
        embedder.embed_query(query)
    return (time.process_time() - start) / len(queries)


def is_known(client: httpx.Client, code: str) -> bool:
    """Whether a question for a code finds it. A strict threshold may refuse to answer it all the same."""
    return client.post("/v1/ask", json={"query": code}).json().get("reason") != "code_not_in_corpus"


def send(client: httpx.Client, files: Sequence[tuple[str, bytes]]) -> str:
    """The job that brings in some documents."""
    sent = client.post("/v1/documents", files=[("files", file) for file in files]).raise_for_status().json()
    return str(sent["job"])


def job_of(client: httpx.Client, job_id: str) -> dict[str, Any]:
    """A job as it is now. Ends the script where one of its documents was refused."""
    job: dict[str, Any] = client.get(f"/v1/jobs/{job_id}").raise_for_status().json()
    refused = [outcome for outcome in job["outcomes"] if outcome["state"] == "failed"]
    if refused:
        raise SystemExit(f"{refused[0]['file']} was not added: {refused[0]['message']}")
    if job["state"] in ("failed", "cancelled"):
        raise SystemExit(f"an upload has {job['state']}: {job['message']}")
    return job


def come_and_go(table: Table, client: httpx.Client) -> None:
    """How soon a document that is added is found, and one that is deleted no longer is."""
    start = time.perf_counter()
    job = send(client, [("99990.md", PAGE.encode())])
    until(
        lambda: is_known(client, "CPT 99990") or not job_of(client, job),
        "the page of CPT 99990 to be found once it was added",
    )
    added = time.perf_counter() - start
    table.row("add a document of 5 pages: until it is found", f"{added:.2f} s", "", "<= 2 s", added <= 2)
    listed = client.get("/v1/documents").json()["documents"]
    document = next(item["document_id"] for item in listed if item["source_name"] == "99990.md")
    start = time.perf_counter()
    client.delete(f"/v1/documents/{document}").raise_for_status()
    until(lambda: not is_known(client, "CPT 99990"), "the page of CPT 99990 to be gone once it was deleted")
    gone = time.perf_counter() - start
    table.row("delete it: until it is not", f"{gone:.2f} s", "", "<= 0.3 s", gone <= 0.3)
