"""Quick add in a browser: what is understood shows while one types."""

from playwright.sync_api import Page, expect


def test_a_line_is_previewed_corrected_and_added(alice: Page, clean: list[str]) -> None:
    page = alice
    line = page.get_by_role("textbox", name="New task")
    chips = page.locator(".t-quick-p .t-chip")
    line.fill("Ask 🙂 about the tomorrow project 31 may 2030 !high @me")
    expect(chips.first).to_have_text("Ask 🙂 about the project 31 may 2030")
    page.get_by_role("button", name="Keep the date in the title").click()
    expect(line).to_have_value('Ask 🙂 about the "tomorrow" project 31 may 2030 !high @me')
    expect(line).to_be_focused()
    expect(chips).to_contain_text(["Ask 🙂 about the tomorrow project", "31 May 2030", "High"])

    page.keyboard.press("Enter")
    expect(page.locator(".t-toasts")).to_contain_text("Added “Ask 🙂 about the tomorrow project”.")
    expect(line).to_have_value("")
    expect(line).to_be_focused()
    expect(chips).to_have_count(0)
    row = page.locator(".t-row.is-fresh")
    expect(row).to_contain_text("Ask 🙂 about the tomorrow project")
    expect(row).to_contain_text("31 May 2030")

    page.keyboard.insert_text("Water the plants today")
    page.keyboard.press("Enter")
    expect(page.locator(".t-row")).to_have_count(2)
    expect(page.locator(".t-row.is-fresh")).to_have_count(1)
    expect(page.locator("[data-place=today] .t-count")).to_contain_text("1")

    line.fill("Call @nobody")
    page.keyboard.press("Enter")
    expect(page.locator(".t-toasts")).to_contain_text("There is nobody called nobody.")
    expect(line).to_have_value("Call @nobody")
    clean[:] = [complaint for complaint in clean if "422" not in complaint]
