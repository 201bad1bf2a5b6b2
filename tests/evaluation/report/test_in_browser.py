"""The report in a browser: what is promised with sound and picture happens."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.browser import DESKTOP, CheckedPage

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PLAY = """
(async () => {
  const until = async (what, done) => {
    for (let turn = 0; turn < 400; turn++) { if (done()) return; await new Promise((next) => setTimeout(next, 25)); }
    throw new Error("never: " + what);
  };
  const clip = document.querySelector(".clip");
  const video = clip.querySelector("video"), [first, second] = clip.querySelectorAll("audio");
  const [one, two] = clip.querySelectorAll("button");
  one.click();
  await until("sound", () => first.currentTime > 0.4);
  await until("picture", () => video.currentTime > 0.2);
  two.click();
  await until("the other sound", () => !second.paused && second.currentTime > 0.6);
  const swapped = { firstStopped: first.paused, pressed: two.getAttribute("aria-pressed") };
  await until("in time", () => Math.abs(video.currentTime - second.currentTime) < 0.15);
  two.click();
  await until("stop", () => second.paused && video.paused);
  const other = document.querySelectorAll(".clip")[1].querySelector("audio");
  await other.play();
  await until("plain sound", () => other.currentTime > 0.2);
  return swapped;
})()
"""
SORT = """
(() => {
  const table = document.querySelector("table.scores"), head = table.tHead.rows[0].cells[1];
  const texts = () => [...table.tBodies[0].rows].map((row) => row.cells[1].dataset.value);
  const values = () => texts().filter((text) => text !== "").map(Number);
  head.click(); const up = values();
  head.click(); const down = values();
  return { up, down, wide: document.documentElement.scrollWidth <= innerWidth };
})()
"""


def evaluate(browser: "Browser", report: Path, script: str) -> Any:
    """What a script returns in the page of a report that reports no error."""
    shown = CheckedPage(browser, (report / "index.html").as_uri(), DESKTOP, report.as_uri())
    value = shown.page.evaluate(script)
    shown.close()
    return value


def test_systems_are_swapped_under_the_picture(report: Path, browser: "Browser") -> None:
    """Catches media that the browser cannot play, two sounds at once, a swap that starts anew, and any error."""
    swapped = evaluate(browser, report, PLAY)
    assert swapped["firstStopped"] and swapped["pressed"] == "true"


def test_headings_sort_and_the_page_is_no_wider_than_its_window(report: Path, browser: "Browser") -> None:
    """Catches numbers that sort as words, and a table that pushes the page aside."""
    table = evaluate(browser, report, SORT)
    assert table["up"] == sorted(table["up"]) and table["down"] == table["up"][::-1]
    assert table["wide"]
