"""What scripts add: theme at once, menus that close, notices that go, keys."""

from playwright.sync_api import Page, expect


def add(page: Page, *titles: str) -> None:
    for title in titles:
        page.get_by_role("textbox", name="New task").fill(title)
        page.get_by_role("button", name="Add").click()
        expect(page.get_by_role("link", name=title)).to_be_visible()


def test_the_theme_changes_at_once_and_stays(alice: Page) -> None:
    page, root = alice, alice.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "light")
    with page.expect_response("**/appearance"):
        page.get_by_role("button", name="Switch between light and dark theme").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")

    page.goto("/settings")
    theme = page.get_by_label("Sections").or_(page.locator("#appearance"))
    with page.expect_response("**/appearance"):
        theme.get_by_role("button", name="Device").click()
    expect(theme.get_by_role("button", name="Device")).to_have_attribute("aria-pressed", "true")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(root).to_have_attribute("data-bs-theme", "light")


def test_a_page_prints_light_and_without_what_one_presses(alice: Page) -> None:
    page = alice
    add(page, "Water the plants")
    page.emulate_media(color_scheme="dark", media="print")
    expect(page.get_by_role("link", name="Water the plants")).to_be_visible()
    for chrome in (".t-side", ".t-top", ".t-quick", ".t-filters", ".t-toasts", ".t-bulk"):
        expect(page.locator(chrome)).to_be_hidden()
    ink = page.locator(".t-row-t").evaluate("(title) => getComputedStyle(title).color")
    page.emulate_media(color_scheme="light", media="screen")
    expect(page.locator(".t-row-t")).to_have_css("color", ink)


def test_a_menu_closes_by_escape_by_a_click_elsewhere_and_by_leaving_it(alice: Page) -> None:
    page = alice
    summary = page.locator("summary").filter(has_text="Priority")
    choice = page.get_by_label("High")
    summary.click()
    expect(choice).to_be_visible()
    page.keyboard.press("Escape")
    expect(choice).to_be_hidden()
    expect(summary).to_be_focused()

    summary.click()
    page.get_by_role("heading", level=1).click()
    expect(choice).to_be_hidden()

    summary.click()
    for _ in range(5):
        page.keyboard.press("Tab")
    expect(choice).to_be_hidden()


def test_a_notice_can_be_dismissed_and_goes_by_itself(alice: Page) -> None:
    page = alice
    notice = page.get_by_role("status").get_by_text("Welcome, alice.")
    expect(notice).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    expect(notice).to_be_hidden()

    page.clock.install()
    add(page, "One")
    notice = page.get_by_role("status").get_by_text("Added “One”.")
    expect(notice).to_be_visible()
    notice.hover()
    page.clock.run_for(9_000)
    expect(notice).to_be_visible()
    page.mouse.move(0, 0)
    page.clock.run_for(9_000)
    expect(notice).to_be_hidden()


def test_keys_move_complete_and_open(alice: Page) -> None:
    page = alice
    add(page, "first", "second")
    page.goto("/tasks?sort=title")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="first")).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="second")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("e")
    expect(page.get_by_role("status")).to_contain_text("Completed “first”.")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("second")
    page.keyboard.press("g")
    page.keyboard.press(",")
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")
    page.keyboard.press("n")
    expect(page.get_by_label("Title")).to_be_visible()
    page.get_by_label("Title").press_sequentially("jokes and numbers?")
    expect(page.get_by_label("Title")).to_have_value("jokes and numbers?")


def test_the_list_of_keys_opens_by_its_key_and_says_how_to_turn_them_off(alice: Page) -> None:
    page = alice
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    page.goto("/settings")
    page.get_by_role("group", name="Keyboard shortcuts").get_by_role("button", name="Off").click()
    page.goto("/tasks")
    for key in "?/n":
        page.keyboard.press(key)
        expect(page.locator("body")).to_be_focused()
    expect(dialog).to_be_hidden()


def test_on_a_phone_the_filters_fold(alice: Page) -> None:
    page = alice
    page.set_viewport_size({"width": 390, "height": 800})
    status = page.locator("summary").filter(has_text="Status")
    expect(status).to_be_hidden()
    page.get_by_role("button", name="Filters").click()
    expect(status).to_be_visible()
