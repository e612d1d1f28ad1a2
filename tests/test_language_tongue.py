"""A question in another language is told so in that language; English, codes and shorthand are never taken for one."""

import json
from pathlib import Path

import pytest

from assistant.answering import Assistant
from assistant.language.tongue import ASK_IN_ENGLISH, foreign_language
from assistant.types import Query, Refusal

SETS = Path(__file__).parents[1] / "eval"
ASKED = {
    "de": "Wie kodiere ich eine Knieprothese bei einem Patienten mit Arthrose?",
    "es": "¿Cuál es el código para una apendicectomía laparoscópica?",
    "fr": "Quel est le code pour une prothèse totale du genou?",
    "zh": "膝关节置换的代码是什么",
    "ar": "ما هو رمز عملية استئصال الزائدة الدودية",
    "ru": "Какой код у удаления аппендикса?",
    "vi": "Mã cho phẫu thuật cắt ruột thừa là gì?",
    "ko": "무릎 관절 치환술 코드는 무엇입니까?",
}


@pytest.mark.parametrize("tag", ASKED)
def test_a_language_is_known_by_a_question(tag: str) -> None:
    assert foreign_language(ASKED[tag]) == tag and tag in ASK_IN_ENGLISH


def test_hardly_any_question_in_english_is_taken_for_another_language() -> None:
    lines = (SETS / "starter" / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    assert sum(foreign_language(text) is not None for text in texts) <= len(texts) // 250


@pytest.mark.parametrize("tag", ASKED)
def test_the_refusal_says_it_in_that_language(starter: Assistant, tag: str) -> None:
    refusal = starter.ask(Query(ASKED[tag]))
    assert isinstance(refusal, Refusal)
    assert refusal.language == tag and ASK_IN_ENGLISH[tag] in refusal.message


def test_a_greeting_is_told_what_can_be_asked(starter: Assistant) -> None:
    refusal = starter.ask(Query("hello"))
    assert isinstance(refusal, Refusal) and refusal.language is None
    assert "Describe a procedure" in refusal.message
