"""The report in a browser: what is promised with sound and picture happens."""

from pathlib import Path

from tests.evaluation.report.conftest import Look

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


def test_systems_are_swapped_under_the_picture(report: Path, look: Look) -> None:
    """Catches media that the browser cannot play, two sounds at once, a swap that starts anew, and any error."""
    seen = look(report / "index.html", PLAY)
    assert seen.problems == []
    assert seen.value["firstStopped"] and seen.value["pressed"] == "true"


def test_headings_sort_and_the_page_is_no_wider_than_its_window(report: Path, look: Look) -> None:
    """Catches numbers that sort as words, and a table that pushes the page aside."""
    seen = look(report / "index.html", SORT)
    assert seen.problems == []
    assert seen.value["up"] == sorted(seen.value["up"]) and seen.value["down"] == seen.value["up"][::-1]
    assert seen.value["wide"]
