"""How the page shows every form of an answer and a refusal; the outcomes are made by hand, the documents are real."""

import json
from dataclasses import replace
from typing import Literal

import pytest
from browsing import LAPTOP, PHONE, Service, ask, faults_of_access, go, opened, overflow
from outcomes import OUTCOMES
from playwright.sync_api import Browser, Locator, Page, Route, expect
from test_page_messages import MESSAGES

from assistant.faces import wire
from assistant.types import Answer, Refusal, Role, Verdict


def show(page: Page, outcome: Answer | Refusal) -> Locator:
    """The page's view of an outcome, as if the service had given it."""
    body = json.dumps(wire.response_body(outcome))

    def give(route: Route) -> None:
        route.fulfill(status=200, content_type="application/json", body=body)

    page.unroute("**/v1/ask")
    page.route("**/v1/ask", give)
    go(page, "/")
    return ask(page, outcome.query)


def answer(name: str) -> Answer:
    found = OUTCOMES[name]
    assert isinstance(found, Answer)
    return found


def order(outcome: Locator, *selectors: str) -> list[str]:
    """Which of some selectors match, from the top of the outcome to its end."""
    found: list[str] = outcome.evaluate(
        """(outcome, selectors) => [...outcome.querySelectorAll("*")]
          .flatMap((one) => selectors.filter((selector) => one.matches(selector)))""",
        list(selectors),
    )
    return found


def assert_opens(page: Page, quote: Locator, cite: Locator) -> None:
    words = quote.inner_text()
    cite.click()
    expect(page.locator("#reader mark")).to_have_text(words)
    expect(page.locator("#reader .good")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()


def test_a_code_that_stands_out_comes_first(visit: Page) -> None:
    outcome = show(visit, answer("code"))
    assert order(outcome, ".glance", "blockquote", ".candidate") == [
        ".glance",
        "blockquote",
        ".candidate",
        ".candidate",
    ]
    expect(outcome.locator(".glance a.code")).to_have_text("CPT 20972")
    # Asked for, it heads the answer however sure it is; where what is asked for is not known, it must be likely.
    unsure = tuple(replace(one, confidence=0.3) for one in answer("code").candidates)
    outcome = show(visit, replace(answer("code"), candidates=unsure))
    expect(outcome.locator(".glance a.code")).to_have_text("CPT 20972")
    outcome = show(visit, replace(answer("code"), candidates=unsure, wants=None))
    expect(outcome.locator(".candidate")).to_have_count(2)
    expect(outcome.locator(".glance")).to_have_count(0)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_stands_above_the_sentence_that_settles_it(visit: Page, verdict: Verdict) -> None:
    outcome = show(visit, replace(answer("verdict"), verdict=verdict))
    expect(outcome.locator("h3").first).to_have_text("Yes" if verdict is Verdict.YES else "No")
    lead = outcome.locator(".lead")
    expect(lead.locator("blockquote")).to_have_text(answer("verdict").statements[0].text)
    assert_opens(visit, lead.locator("blockquote"), lead.locator(".cite"))
    expect(visit.locator("#status")).to_contain_text("Yes." if verdict is Verdict.YES else "No.")
    expect(outcome.locator(".glance")).to_have_count(0)
    # Every quote is shown once, under its own number.
    assert outcome.locator("blockquote").count() == len(answer("verdict").statements)
    assert [one.inner_text() for one in outcome.locator(".cite").all()] == ["1", "2"]
    # The code that a yes or no is about is no answer to it.
    outcome = show(visit, replace(answer("code"), verdict=verdict, statements=answer("verdict").statements))
    expect(outcome.locator(".candidate").first).to_contain_text("20972")
    expect(outcome.locator(".glance")).to_have_count(0)


def test_a_rule_comes_without_a_headline_code(visit: Page) -> None:
    rule = answer("rule")
    outcome = show(visit, rule)
    expect(outcome.locator(".lead blockquote")).to_have_text(rule.statements[1].text)
    expect(outcome.locator(".glance, .follow")).to_have_count(0)
    assert [one.inner_text() for one in outcome.locator("h3").all()] == [
        "What answers this", "What else the documents say", "Codes near it",
    ]  # fmt: skip
    expect(visit.locator("#status")).not_to_contain_text("candidate")
    # Where no statement is known to answer, none is said to; where no code is near, none is spoken of.
    plain = tuple(replace(one, role=Role.SUPPORT) for one in rule.statements)
    outcome = show(visit, replace(rule, statements=plain, candidates=()))
    expect(outcome.locator(".lead")).to_have_count(0)
    expect(outcome.locator("blockquote").first).to_have_text(rule.statements[0].text)
    assert [one.inner_text() for one in outcome.locator("h3").all()] == ["What the documents say"]


def test_a_value_stands_with_its_column_and_its_meaning(visit: Page) -> None:
    outcome = show(visit, answer("value"))
    value = outcome.locator(".lead .values > div")
    expect(value.locator("b")).to_have_text("090")
    expect(value).to_contain_text("GLOB DAYS")
    expect(value).to_contain_text("ninety days after the operation")
    expect(value.locator("a.code")).to_have_attribute("href", "/codes/CPT/20972?edition=2025")
    expect(value.locator(".cite")).to_have_text("1")
    expect(outcome.locator(".candidate")).to_have_count(0)


def test_a_choice_asks_what_decides_and_each_answer_leads_on(visit: Page) -> None:
    choice = answer("choice")
    outcome = show(visit, choice)
    expect(outcome.locator("h3").first).to_have_text("One of these")
    codes, candidates = outcome.locator(".choice li"), outcome.locator(".candidate")
    assert [one.inner_text() for one in codes.locator("a.code").all()] == ["CPT 20957", "CPT 20970", "CPT 20972"]
    expect(codes.nth(2).locator(".title")).to_have_text(choice.candidates[0].title)
    expect(outcome.locator(".deciding p")).to_have_text("Was skin taken with the bone?")
    expect(outcome.locator(".choice > p")).to_contain_text("95%")
    expect(outcome.locator(".glance")).to_have_count(0)
    expect(visit.locator("#status")).to_contain_text("One of these")
    # An answer that leaves two codes narrows to them; once more, and all are back.
    several = outcome.locator(".deciding button", has_text="Skin came along")
    several.click()
    expect(several).to_have_attribute("aria-pressed", "true")
    expect(codes.filter(visible=True)).to_have_count(2)
    expect(candidates.filter(visible=True)).to_have_count(2)
    expect(outcome.locator(".candidate", has_text="bone alone")).to_be_hidden()
    expect(visit.locator("#status")).to_have_text("2 candidates for a coder’s review.")
    several.click()
    expect(candidates.filter(visible=True)).to_have_count(3)
    # An answer that leaves one code asks the same again about that code, which goes along in sight.
    with visit.expect_request("**/v1/ask") as asked:
        outcome.locator(".deciding button", has_text="The bone alone").click()
    assert json.loads(asked.value.post_data or "") == {"query": choice.query, "about": "CPT:20957"}
    expect(visit.locator("#about .chip")).to_contain_text("CPT 20957")


def test_a_choice_without_a_question_names_its_codes(visit: Page) -> None:
    choice = answer("choice")
    assert choice.choice is not None
    outcome = show(visit, replace(choice, choice=replace(choice.choice, question=None, answers=())))
    expect(outcome.locator(".choice li")).to_have_count(3)
    expect(outcome.locator(".deciding")).to_have_count(0)
    outcome.locator(".choice a.code", has_text="20957").click()
    expect(visit.locator(".candidate:focus")).to_contain_text("CPT 20957")


def test_a_choice_is_reached_by_the_keyboard(visit: Page) -> None:
    show(visit, answer("choice"))
    visit.keyboard.press("j")
    expect(visit.locator(".deciding button:focus")).to_contain_text("Skin came along")
    visit.keyboard.press("Enter")
    expect(visit.locator(".candidate").filter(visible=True)).to_have_count(2)


def test_a_refusal_shows_what_comes_closest_and_opens_it_beside(visit: Page) -> None:
    refusal = OUTCOMES["refusal"]
    assert isinstance(refusal, Refusal)
    outcome = show(visit, refusal)
    assert order(outcome, ".verdict", ".closest", ".nearest") == [".verdict", ".closest", ".nearest"]
    expect(outcome.locator(".closest h3")).to_have_text("The closest your documents come, not an answer")
    quotes = outcome.locator(".refusal .closest blockquote")
    assert quotes.all_inner_texts() == [one.text for one in refusal.closest]
    expect(outcome.locator(".candidate, .glance, .lead")).to_have_count(0)
    assert_opens(visit, quotes.nth(1), outcome.locator(".closest .cite").nth(1))
    visit.keyboard.press("1")
    expect(visit.locator("#reader mark")).to_have_text(refusal.closest[0].text)
    bare = show(visit, replace(refusal, closest=()))
    expect(bare.locator(".nearest li")).to_have_count(2)
    expect(bare.locator(".closest, blockquote")).to_have_count(0)


@pytest.mark.parametrize(("language", "called"), [("en", "documents"), ("de", "Deutsch"), ("fr", "allemand")])
def test_a_query_in_another_language_is_told_so(browser: Browser, service: Service, language: str, called: str) -> None:
    refusal = OUTCOMES["language"]
    with opened(browser, service, language=language) as page:
        told = show(page, refusal).locator(".refusal .verdict")
        expect(told).to_contain_text(called)
        expect(told).to_contain_text(str(MESSAGES[language]["ask.point.language"]))
        # A tag that the browser does not know stays as it is.
        assert isinstance(refusal, Refusal)
        told = show(page, replace(refusal, language="not a tag")).locator(".refusal .verdict")
        expect(told).to_contain_text("not a tag" if language != "en" else refusal.message)


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ar", "dark")])
def test_every_outcome_reads_well(
    browser: Browser, service: Service, language: str, scheme: Literal["light", "dark"], size: tuple[int, int]
) -> None:
    with opened(browser, service, size, language, scheme) as page:
        for name, outcome in OUTCOMES.items():
            show(page, outcome)
            assert overflow(page) <= 0, name
            assert faults_of_access(page) == [], name


def test_the_codes_of_a_choice_begin_where_their_titles_do(browser: Browser, service: Service) -> None:
    with opened(browser, service, PHONE, "ar") as page:
        words = """one => {
          const range = document.createRange();
          range.selectNodeContents(one);
          return range.getBoundingClientRect().right;
        }"""
        first = show(page, answer("choice")).locator(".choice li").first
        row = first.bounding_box()
        assert row and abs(row["x"] + row["width"] - first.locator("a.code").evaluate(words)) < 1


def test_a_printed_choice_keeps_its_question(visit: Page) -> None:
    outcome = show(visit, answer("choice"))
    visit.emulate_media(media="print")
    expect(outcome.locator(".deciding button").first).to_be_visible()
    assert overflow(visit) <= 0
