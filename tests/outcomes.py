"""Outcomes of every form, put together by hand, that cite the starter corpus at its true places."""

import hashlib
from functools import cache

from starters import CORPUS, front_matter

from assistant.types import (
    Answer,
    Candidate,
    Choice,
    ChoiceAnswer,
    Citation,
    Form,
    LibraryStamp,
    NearestCode,
    Refusal,
    RefusalReason,
    Role,
    Statement,
    TableValue,
    Verdict,
    Wants,
)
from assistant.types.codes import Code

STAMP = LibraryStamp(7, "fake")
FEES = "HCPCS,DESCRIPTION,GLOB DAYS\n20972,Bone-skin graft metatarsal,090\n"


def citation(page: str, quote: str) -> Citation:
    """Where a quote stands in the page of a CPT code in the corpus; it must stand there once."""
    path = CORPUS / "cpt" / f"{page}.md"
    text = path.read_text(encoding="utf-8")
    assert text.count(quote) == 1, quote
    start = text.index(quote)
    section = text[:start].rsplit("\n## ", 1)[-1].split("\n", 1)[0]
    place = section.lower().replace(" ", "-")
    digest = hashlib.sha256(text.encode()).hexdigest()
    name = f"cpt-{page}-2025"
    return Citation(
        name, _title(page), digest, "2025", f"{name}#{place}", section, None, start, start + len(quote), quote
    )


def statement(page: str, quote: str, role: Role = Role.SUPPORT) -> Statement:
    return Statement(quote, citation(page, quote), role)


def _code(page: str) -> Code:
    return Code("CPT", page, "2025")


@cache
def _title(page: str) -> str:
    return str(front_matter(CORPUS / "cpt" / f"{page}.md")["title"])


def _candidate(page: str, confidence: float, quote: str, distinction: str | None = None) -> Candidate:
    return Candidate(_code(page), _title(page), confidence, 10 * confidence, distinction, (citation(page, quote),))


def _fees(quote: str) -> Citation:
    start = FEES.index(quote)
    digest = hashlib.sha256(FEES.encode()).hexdigest()
    place = (start, start + len(quote), quote, "row 2")
    return Citation("fees-2025", "Fee schedule 2025", digest, "2025", "fees-2025#20972", "Rows", None, *place)


_BONE_AND_SKIN = "Osteocutaneous means that bone and skin travel together on the same vessels."
_ALONE = "When no skin paddle comes with the metatarsal, the vascularized bone transfer 20957 fits instead."
_MICROSCOPE = "Use of the operating microscope is already counted in 20972, so 69990 is not added."
_GLOBAL = "The global period is ninety days, with the preoperative day included."
_WITH_SKIN = "Presence of skin separates 20970 from 20956, the bone-alone crest transfer."
_SKIN_STAYS = "The covering skin remains on the foot."

_TOLD = '"metatarsal", where CPT:20970 says "iliac crest"'
METATARSAL = _candidate("20972", 0.91, _BONE_AND_SKIN, _TOLD)
CREST = _candidate("20970", 0.31, _WITH_SKIN)
BARE = _candidate("20957", 0.44, _SKIN_STAYS)
_NEAR = (NearestCode(_code("20972"), _title("20972")), NearestCode(_code("20970"), _title("20970")))

OUTCOMES: dict[str, Answer | Refusal] = {
    "code": Answer(
        "bone and skin flap from the metatarsal", 0.94, (statement("20972", _BONE_AND_SKIN),), (METATARSAL, CREST),
        STAMP, Form.CODE, Wants.CODE,
    ),
    "choice": Answer(
        "free bone flap of the foot or hip", 0.86, (statement("20972", _ALONE),), (METATARSAL, BARE, CREST), STAMP,
        Form.CHOICE, Wants.CODE, choice=Choice(
            0.95, (BARE.code.bare, CREST.code.bare, METATARSAL.code.bare), "Was skin taken with the bone?", (
                ChoiceAnswer("Skin came along", (CREST.code.bare, METATARSAL.code.bare)),
                ChoiceAnswer("The bone alone", (BARE.code.bare,)),
            ),
        ),
    ),
    "rule": Answer(
        "which transfer fits when the metatarsal comes without skin", 0.9,
        (statement("20972", _BONE_AND_SKIN), statement("20972", _ALONE, Role.ANSWER)), (BARE,), STAMP,
        Form.RULE, Wants.RULE,
    ),
    "verdict": Answer(
        "can 69990 be added to 20972", 0.92,
        (statement("20972", _MICROSCOPE, Role.VERDICT), statement("20972", _BONE_AND_SKIN)), (), STAMP,
        Form.RULE, Wants.YES_NO, Verdict.NO,
    ),
    "value": Answer(
        "how many global days has 20972", 0.97, (statement("20972", _GLOBAL),), (), STAMP, Form.VALUE, Wants.VALUE,
        values=(TableValue(_code("20972"), "GLOB DAYS", "090", "ninety days after the operation", _fees(
            "20972,Bone-skin graft metatarsal,090")),),
    ),
    "refusal": Refusal(
        "does a metatarsal flap need a chest film", RefusalReason.NOT_ENOUGH_EVIDENCE,
        "The documents never speak of a chest film.", 0.2, _NEAR, STAMP,
        closest=(statement("20972", _ALONE), statement("20957", _SKIN_STAYS)),
    ),
    "language": Refusal(
        "Welcher Code gilt für einen Knochenlappen?", RefusalReason.OUT_OF_CORPUS,
        "The query is in German; ask in English.", 0.0, (), STAMP, language="de",
    ),
}  # fmt: skip
