"""Headless Chromium, and pages in it that record what goes wrong."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
LONG_MS = 240_000


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Headless Chromium with a camera that shows a test pattern; skips the test where there is none."""
    playwright = pytest.importorskip("playwright.sync_api")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs Chromium")
    options = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    options += ["--mute-audio", "--autoplay-policy=no-user-gesture-required"]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=options, timeout=LONG_MS)
        yield browser
        browser.close()


class CheckedPage:
    """A page in a browser profile of its own, and everything that went wrong in it."""

    def __init__(self, browser: "Browser", address: str, size: dict[str, int], server: str | None = None) -> None:
        """Opens a page.

        Args:
            browser: the browser.
            address: address of the page.
            size: width and height of the window, pixels.
            server: start of the addresses that the page may request; None for `address`.
        """
        self.page: Page = browser.new_page(viewport=size)  # type: ignore[arg-type]
        self.problems: list[str] = []
        self.page.on("console", lambda line: self.problems.append(line.text) if line.type == "error" else None)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self._check_address(request.url, server or address))
        self.page.goto(address, timeout=LONG_MS)

    def close(self) -> None:
        """Closes the page, and fails if anything went wrong in it."""
        self.page.close()
        assert self.problems == []

    def _check_address(self, url: str, server: str) -> None:
        if not url.startswith((server, "blob:", "data:")):
            self.problems.append(f"request to {url}")


def widths(page: "Page") -> tuple[int, int]:
    """Width of the content and of the window, pixels."""
    found: list[int] = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return found[0], found[1]


def violations(page: "Page") -> list[str]:
    """Rules of axe-core that the page violates."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found: list[dict[str, Any]] = axe.Axe().run(page).response["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found]
