"""Cards and questions on the page in Chromium: what waits for a person."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from bot.domain.events import CodeBlock, Decision, Message
from bot.domain.posts import ApprovalPost, BudgetPost, QuestionPost
from tests.bot.adapters.web.browser_windows import Windows
from tests.bot.adapters.web.conftest import until
from tests.fakes.web_harness import WebHarness

pytestmark = pytest.mark.browser


async def test_a_question_is_marked_and_the_reply_box_has_the_focus(
    open_window: Windows, harness: WebHarness
) -> None:
    session = harness.open("Asking", status="waiting")
    harness.say(session, QuestionPost("coder", "I looked.", "Which *column*?"))
    page = await open_window(f"/s/{session}")
    await expect(page.get_by_label("A question for you")).to_have_text("Which column?")
    reply = page.get_by_label("Your message")
    await expect(reply).to_be_focused()
    await expect(reply).to_have_attribute("placeholder", "Answer, or say what is to change")
    await page.keyboard.type("sales")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("please")
    await page.keyboard.press("Enter")
    await until(lambda: bool(harness.events))
    (message,) = harness.events
    assert isinstance(message, Message)
    assert message.text == "sales\nplease"
    await expect(page.locator(".top .state")).to_have_text("At work")


async def test_code_is_approved_rejected_and_edited_on_its_card(open_window: Windows, harness: WebHarness) -> None:
    session = harness.open("Careful", status="waiting")
    hidden = "print(1)\n" * 60 + "erase()  # \u202e\n"
    cards = [
        ApprovalPost("coder", (CodeBlock("python", hidden),), "ab" * 32, f"q00000000000{number}", 9e9, 28_800)
        for number in range(3)
    ]
    for card in cards:
        harness.say(session, card)
    one, two = await open_window(f"/s/{session}"), await open_window(f"/s/{session}")
    shown = one.get_by_role("group", name="May this code run?")
    await expect(shown).to_have_count(3)
    await expect(shown.first).to_contain_text("erase()  # ⟨U+202E⟩")
    await expect(shown.first.get_by_role("button", name="Show all")).to_have_count(0)
    await shown.nth(0).get_by_role("button", name="Approve", exact=True).click()
    await shown.nth(1).get_by_role("button", name="Reject").click()
    await shown.nth(1).get_by_label("Reason").fill("too slow")
    await shown.nth(1).get_by_role("button", name="Reject and say why").click()
    await expect(shown.nth(2).locator(".go")).to_have_text("Approve")
    await shown.nth(2).get_by_role("button", name="Edit").click()
    await expect(shown.nth(2).locator(".go")).to_have_text("Run the edited code")
    await expect(shown.nth(2).get_by_role("button", name="Approve unchanged")).to_be_visible()
    await shown.nth(2).get_by_label("The code as it is to run").fill("print(2)\n")
    await shown.nth(2).get_by_role("button", name="Run the edited code").click()
    for page in (one, two):
        decided = page.get_by_role("group", name="May this code run?")
        await expect(decided.get_by_text("Decided by you.")).to_have_count(3)
        await expect(decided.get_by_role("button", name="Approve")).to_have_count(0)
    decisions = [event for event in harness.events if isinstance(event, Decision)]
    assert [(each.verdict, each.request, each.digest) for each in decisions] == [
        (verdict, card.request, card.digest)
        for verdict, card in zip(("approve", "reject", "edit"), cards, strict=True)
    ]
    assert decisions[1].reason == "too slow"
    assert decisions[2].blocks == (CodeBlock("python", "print(2)\n"),)


async def test_a_budget_is_raised_by_what_somebody_types(open_window: Windows, harness: WebHarness) -> None:
    session = harness.open("Costly", status="waiting")
    text = "The budget of this session is used up."
    harness.say(session, BudgetPost(text, "session", "dollars", 4.9, 5.0, 0.3, 5.0, "q000000000009", 9e9))
    page = await open_window(f"/s/{session}")
    await expect(page.get_by_text("Without a decision until")).to_contain_text("the session ends.")
    for nothing in ("", "0"):
        await page.get_by_label("Raise by").fill(nothing)
        await page.get_by_role("button", name="Raise", exact=True).click()
        await expect(page.get_by_text("A raise is a number above 0")).to_be_visible()
        assert not any(isinstance(event, Decision) for event in harness.events)
    await page.get_by_label("Raise by").fill("2.5")
    await page.get_by_role("button", name="Raise", exact=True).click()
    await expect(page.get_by_text("Decided by you.")).to_be_visible()
    (decision,) = [event for event in harness.events if isinstance(event, Decision)]
    assert (decision.verdict, decision.amount) == ("raise", 2.5)
