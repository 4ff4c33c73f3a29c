"""What hangs on a task, in a browser: its text, files, time and history."""

from pathlib import Path

from playwright.sync_api import Page, expect

TEXT = """The board wants the **pack** by Monday.

- Revenue by region, with `fx_adjusted`
- Risks

> Numbers first, please.

```
python -m reports.board --quarter 2026Q3
```
"""


def begin(page: Page) -> str:
    """Add a task with a description; return its address."""
    page.goto("/tasks/new")
    page.get_by_label("Title").fill("Prepare the board report")
    page.get_by_label("Description").fill(TEXT)
    page.get_by_label("Priority").select_option("High")
    page.get_by_role("button", name="Add task").click()
    page.wait_for_url("**/tasks/*")
    expect(page.locator("strong", has_text="pack")).to_be_visible()
    return page.url


def log(page: Page, hours: str, minutes: str, button: str, note: str) -> None:
    page.get_by_label("Hours").fill(hours)
    page.get_by_label("Minutes").fill(minutes)
    page.get_by_label("What was done").fill(note)
    page.get_by_role("button", name=button).click()


def test_a_task_gathers_files_and_time(alice: Page, scripts: bool, tmp_path: Path) -> None:
    page = alice
    task = begin(page)
    file = tmp_path / "ledger.csv"
    file.write_text("a,b\n")
    page.get_by_label("choose" if scripts else "Add a file").set_input_files(file)
    if not scripts:
        page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("status").filter(has_text="Attached")).to_contain_text("ledger.csv")
    with page.expect_download() as download:
        page.get_by_role("link", name="ledger.csv").click()
    assert Path(download.value.path()).read_text() == "a,b\n"

    log(page, "1", "30", "Only log", "Margin bridge")
    expect(page.get_by_role("status").filter(has_text="Logged 1h 30m.")).to_be_visible()
    log(page, "", "45", "Complete and log", "Ledger export")
    expect(page.get_by_label("Properties")).to_contain_text("Done")
    expect(page.get_by_role("region", name="Time")).to_contain_text("2h 15m")
    activity = page.get_by_role("region", name="Activity")
    expect(activity.get_by_role("listitem").last).to_contain_text("alice completed the task")

    page.get_by_role("link", name="Change 45m on Today").click()
    page.get_by_label("Minutes").fill("15")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(task + "#time")
    expect(page.get_by_role("region", name="Time")).to_contain_text("1h 45m")

    page.get_by_label("Delete ledger.csv").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("link", name="ledger.csv")).to_have_count(0)

    page.goto("/time")
    expect(page.get_by_role("main")).to_contain_text("1h 45m in 2 records")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    assert "Margin bridge" in Path(download.value.path()).read_text()


def test_presets_fill_in_the_time(alice: Page) -> None:
    begin(alice)
    alice.get_by_role("button", name="1h", exact=True).click()
    expect(alice.get_by_label("Hours")).to_have_value("1")
    expect(alice.get_by_label("Minutes")).to_have_value("0")


def test_dropped_files_are_sent_and_what_cannot_be_is_said(alice: Page, clean: list[str]) -> None:
    page = alice
    begin(page)
    page.evaluate("""() => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(["one"], "one.txt"));
        dataTransfer.items.add(new File(["two"], "two.txt"));
        dataTransfer.items.add(new File([], "empty.txt"));
        dataTransfer.items.add(new File(["none"], ".."));
        dataTransfer.items.add(new File([new Uint8Array(10485761)], "large.bin"));
        document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, dataTransfer }));
    }""")
    said = page.get_by_role("status").filter(has_text="Attached")
    expect(said).to_have_text(
        "Attached one.txt, two.txt. empty.txt is empty. "
        "..: Send a file that has a name. large.bin is larger than 10 MiB."
    )
    expect(page.get_by_role("link", name="two.txt")).to_be_visible()
    clean[:] = [complaint for complaint in clean if "422" not in complaint]


def test_what_is_being_written_outlives_a_change_beside_it(alice: Page, clean: list[str]) -> None:
    page = alice
    begin(page)
    page.get_by_text("Change the description").click()
    text = page.get_by_role("textbox", name="Description")
    text.fill("Half a sentence")
    page.locator("[data-writes=priority] > summary").click()
    page.get_by_role("button", name="Low").click()
    expect(page.locator(".t-toasts")).to_contain_text("Your changes are saved.")
    expect(page.get_by_label("Properties")).to_contain_text("Low")
    expect(text).to_have_value("Half a sentence")

    page.get_by_label("Change the title").click()
    page.get_by_role("textbox", name="Title").fill("   ")
    page.keyboard.press("Enter")
    expect(page.locator(".t-toasts")).to_contain_text("Give the task a title.")
    expect(page.get_by_role("textbox", name="Title")).to_have_value("   ")
    clean[:] = [complaint for complaint in clean if "422" not in complaint]
    page.locator(".is-title").get_by_role("button", name="Cancel").click()

    page.route("**/edit", lambda route: route.abort())
    page.locator(".t-text").get_by_role("button", name="Save").click()
    expect(page.locator(".t-toasts")).to_contain_text("Your text is still here.")
    page.unroute("**/edit")
    clean[:] = [complaint for complaint in clean if "ERR_FAILED" not in complaint]
    page.locator(".t-text").get_by_role("button", name="Save").click()
    expect(page.locator(".t-text")).to_contain_text("Half a sentence")
    expect(text).to_be_hidden()
