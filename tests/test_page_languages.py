"""The page in three languages, at two widths, light and dark, by keyboard alone: nothing overflows, axe is content."""

import json
from pathlib import Path

import pytest
from browsing import LAPTOP, PHONE, Service, ask, faults_of_access, go, opened, overflow
from playwright.sync_api import Browser, Page, expect
from test_page_messages import MESSAGES, PLURALS
from test_page_rooms import FLAP, NOTE

# The parts that a phone and a laptop show in different ways.
NARROW = {"answer", "note", "menu", "/library"}


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ar", "dark"), ("zh", "light")])
def test_every_room_reads_well(
    browser: Browser, service: Service, language: str, scheme: str, size: tuple[int, int]
) -> None:
    words = MESSAGES[language]
    seen: list[str] = []

    with opened(browser, service, size, language, "dark" if scheme == "dark" else "light") as page:

        def look(place: str) -> None:
            assert overflow(page) <= 0, place
            if size == LAPTOP or place in NARROW:
                seen.extend(f"{place}: {fault}" for fault in faults_of_access(page))

        go(page, "/")
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        expect(page.locator("h1")).to_have_text(str(words["ask.title"]))
        look("ask")
        outcome = ask(page, FLAP)
        expect(outcome.locator(".candidate").first).to_contain_text("CPT 20972")
        look("answer")
        outcome.locator(".cite").first.click()
        expect(page.locator("#reader mark")).to_be_visible()
        look("reader")
        page.keyboard.press("Escape")
        ask(page, "How much does a heart transplant cost?")
        expect(page.locator(".refusal .verdict")).to_contain_text(str(words["refusal.title"]))
        look("refusal")
        go(page, "/note")
        look("note, empty")
        page.fill("#note", NOTE)
        page.press("#note", "Control+Enter")
        expect(page.locator(".candidate").first).to_contain_text("CPT")
        look("note")
        for address in ("/check", "/library", "/library/cpt-20972-2025", "/performance", "/codes/CPT/20972"):
            go(page, address)
            look(address)
        if size == PHONE:
            page.locator("#more").click()
            expect(page.locator("#language")).to_be_visible()
            look("menu")
    assert seen == [], "\n".join(seen)


def test_the_language_menu_changes_every_word_and_keeps_what_was_typed(visit: Page) -> None:
    go(visit, "/")
    visit.fill("#query", "half a query")
    for language, words in MESSAGES.items():
        visit.select_option("#language", language)
        expect(visit.locator("#rooms a").nth(3)).to_have_text(str(words["room.library"]))
        expect(visit.locator("h1")).to_have_text(str(words["ask.title"]))
        expect(visit.locator("#query")).to_have_value("half a query")
    visit.reload()
    expect(visit.locator("html")).to_have_attribute("lang", list(MESSAGES)[-1])


def test_the_plural_forms_are_those_of_the_browser(visit: Page) -> None:
    go(visit, "/")
    asked = [("fil" if tag == "tl" else tag) for tag in PLURALS]
    told = visit.evaluate(
        "tags => tags.map(tag => new Intl.PluralRules(tag).resolvedOptions().pluralCategories)", asked
    )
    for tag, forms in zip(PLURALS, told, strict=True):
        assert sorted(forms) == sorted(PLURALS[tag]), tag
    shown = visit.evaluate(
        """async () => {
          const { useLanguage, t } = await import("/static/js/i18n.js");
          const told = {};
          for (const tag of ["ru", "ar", "en"]) {
            await useLanguage(tag);
            told[tag] = [0, 1, 2, 5, 11, 21, 100].map((n) => t("holdings.codes", { n }));
          }
          return told;
        }"""
    )
    assert shown["en"][:3] == ["0 codes", "1 code", "2 codes"]
    assert shown["ru"] == ["0 кодов", "1 код", "2 кода", "5 кодов", "11 кодов", "21 код", "100 кодов"]
    assert shown["ar"] == ["0 رمز", "رمز واحد", "رمزان", "5 رموز", "11 رمزًا", "21 رمزًا", "100 رمز"]


def test_everything_can_be_done_with_the_keyboard_alone(visit: Page) -> None:
    keys = visit.keyboard
    go(visit, "/")
    keys.type(FLAP)
    keys.press("Enter")
    expect(visit.locator("article.outcome")).to_be_visible()
    keys.press("j")
    expect(visit.locator(".candidate:focus")).to_contain_text("20972")
    keys.press("j")
    expect(visit.locator(".candidate:focus")).not_to_contain_text("Documentation")
    keys.press("2")
    expect(visit.locator("#reader-title")).to_be_focused()
    keys.press("Escape")
    expect(visit.locator("#reader")).to_be_hidden()
    keys.press("/")
    expect(visit.locator("#query")).to_be_focused()
    keys.press("Escape")
    keys.press("?")
    expect(visit.locator("dialog.help")).to_be_visible()
    keys.press("Escape")
    expect(visit.locator("dialog.help")).to_have_count(0)
    keys.press("g")
    keys.press("n")
    expect(visit.locator("h1")).to_be_focused()
    keys.press("Tab")
    expect(visit.locator("#note")).to_be_focused()
    keys.insert_text(NOTE)
    keys.press("Control+Enter")
    expect(visit.locator(".candidate").first).to_be_visible()
    keys.press("j")
    keys.press("x")
    expect(visit.locator(".candidate:focus")).to_have_attribute("data-decision", "rejected")
    keys.press("x")
    expect(visit.locator(".candidate:focus")).to_have_attribute("data-decision", "")
    keys.press("g")
    keys.press("l")
    expect(visit.locator("table.documents")).to_be_visible()
    keys.press("j")
    expect(visit.locator("table.documents a:focus")).to_have_count(1)
    keys.press("Tab")
    expect(visit.locator("table.documents button:focus")).to_have_count(1)
    keys.press("Enter")
    expect(visit.locator("dialog button", has_text="Keep it")).to_be_focused()
    keys.press("Enter")
    expect(visit.locator("table.documents button:focus")).to_have_count(1)
    keys.press("g")
    keys.press("p")
    expect(visit.locator("h1")).to_have_text("Performance")
    keys.press("/")
    expect(visit.locator("#query")).to_be_focused()
    # The way through the page begins with a link past the menu, and every stop can be seen.
    visit.reload()
    expect(visit.locator("#query")).to_be_focused()
    visit.evaluate("document.activeElement.blur()")
    keys.press("Tab")
    for _ in range(12):
        assert visit.evaluate(
            "document.activeElement.matches('body, :focus-visible, [type=date]')"  # a date shows the focus of its parts
        )
        keys.press("Tab")


def test_single_keys_can_be_switched_off(visit: Page) -> None:
    go(visit, "/library")
    visit.keyboard.press("?")
    visit.locator("dialog.help input").uncheck()
    visit.locator("dialog.help button.main").click()
    visit.keyboard.press("?")
    expect(visit.locator("dialog.help")).to_have_count(0)
    assert json.loads(visit.evaluate("localStorage.getItem('assistant.keys')")) is False


def test_the_page_says_so_where_the_service_is_silent(visit: Page, tmp_path: Path) -> None:
    go(visit, "/")
    visit.route("**/v1/ask", lambda route: route.abort())
    visit.fill("#query", FLAP)
    visit.press("#query", "Enter")
    expect(visit.locator(".problem")).to_contain_text("The service does not answer")
    expect(visit.locator("#query")).to_have_value(FLAP)
