"""Routes of the evaluation: the last report, the sets at hand, and a new evaluation as a job."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from assistant.answering import Assistant
from assistant.errors import InputError
from assistant.evaluation import EvaluationSet, read_spreadsheet
from assistant.evaluation.running import chosen, default_split, held_codes, make_report, open_set, run_set
from assistant.faces.http import bodies
from assistant.faces.http.jobs import Jobs, Tell
from assistant.faces.http.problems import PROBLEMS
from assistant.settings import Settings

_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "a CSV with the columns question and codes"}
    },
}


def measuring_routes(assistant: Assistant, jobs: Jobs, settings: Settings) -> APIRouter:
    """The routes /v1/performance and /v1/evaluation-sets."""
    router = APIRouter(responses=PROBLEMS)

    @router.get("/v1/performance")
    def performance() -> dict[str, Any]:
        """The last evaluation report."""
        report = assistant.library.report()
        if report is None:
            raise HTTPException(404, "no evaluation has been run on this library yet; run `assistant eval SET`")
        return report

    @router.get("/v1/evaluation-sets")
    def evaluation_sets() -> bodies.EvaluationSetsBody:
        """The names of the sets that can be scored."""
        listed = []
        for name, path in _sets(settings.evaluation_sets).items():
            try:
                listed.append(bodies.EvaluationSetBody(name=name, queries=len(open_set(assistant, path).queries)))
            except InputError:
                continue  # one of no use is not offered
        return bodies.EvaluationSetsBody(sets=listed)

    def asked(sent: Annotated[bodies.EvaluationBody | tuple[str, bytes], Depends(_sent)]) -> tuple[EvaluationSet, str]:
        """The set to score and its split."""
        if isinstance(sent, tuple):
            name, data = sent
            if len(data) > settings.max_file_mb * 1024 * 1024:
                raise HTTPException(413, f"{name} is larger than the {settings.max_file_mb} MB taken at once; split it")
            evaluation = read_spreadsheet(data, name, assistant.systems, lambda codes: held_codes(assistant, codes))
            return evaluation, default_split(evaluation)
        sets = _sets(settings.evaluation_sets)
        if sent.set not in sets:
            raise InputError(f"there is no such evaluation set here; the sets are {', '.join(sets) or 'none'}")
        evaluation = open_set(assistant, sets[sent.set])
        return evaluation, sent.split or default_split(evaluation)

    @router.post(
        "/v1/performance",
        status_code=202,
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": bodies.EvaluationBody.model_json_schema()},
                    "multipart/form-data": {"schema": _FORM},
                },
            }
        },
    )
    def evaluate(wanted: Annotated[tuple[EvaluationSet, str], Depends(asked)]) -> bodies.JobStarted:
        """Starts to score a named set, or a CSV that is sent, as a job, which tells its progress."""
        return bodies.JobStarted(job=jobs.evaluate(_evaluation(assistant, *wanted)).id)

    return router


def _evaluation(assistant: Assistant, evaluation: EvaluationSet, split: str) -> Callable[[Tell], None]:
    queries = chosen(evaluation, split, "query")

    def work(tell: Tell) -> None:
        # Asking is nearly all of it; the rest is resampling and comparing the citations.
        run = run_set(assistant, queries, progress=lambda _, done, total: tell(0.9 * done / total))
        report = make_report(assistant, evaluation, queries, run, split=split)
        tell(0.99)
        assistant.library.keep_report(report)

    return work


def _sets(folder: Path) -> dict[str, Path]:
    """The evaluation sets in the folder, by name: a name that a person sends never becomes a path."""
    if not folder.is_dir():
        return {}
    found = {path.name: path for path in folder.iterdir() if (path / "queries.jsonl").is_file()}
    found |= {path.stem: path for path in folder.glob("*.csv") if path.stem not in found}
    return dict(sorted(found.items()))


async def _sent(request: Request) -> bodies.EvaluationBody | tuple[str, bytes]:
    """The body, in either of its two forms."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form() as form:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not file.filename:
                raise InputError("send the CSV in the field `file`, with its name")
            return file.filename.replace("\\", "/").rsplit("/", 1)[-1], await file.read()
    try:
        return bodies.EvaluationBody.model_validate_json(await request.body())
    except ValidationError as error:
        raise RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in error.errors()]) from error
