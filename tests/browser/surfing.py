"""A real Chromium, out of an npm package, and what tests look for in its pages."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

HERE = Path(__file__).parent
DESK = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
PATIENCE = 45_000  # milliseconds until what should show up is missing
expect.set_options(timeout=PATIENCE)
THIS_MACHINE = {"127.0.0.1", "localhost", "[::1]", "::1"}
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>{folder}/fonts</dir>
  <cachedir>{folder}/font-cache</cachedir>
</fontconfig>
"""
# The pictures of a run stay in this folder, where one is named.
PICTURES = os.environ.get("BROWSER_PICTURES")


def unpacked(packages: Path) -> Path:
    """The folder with the browser's program, libraries and fonts, made once."""
    folder = packages / "node_modules" / ".chromium"
    with (packages / "package-lock.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (folder / "fonts.conf").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            unpack = ["node", packages / "chromium.mjs"]
            subprocess.run(unpack, env=os.environ | {"TMPDIR": str(folder)}, check=True)
            # Last: now it is whole.
            (folder / "fonts.conf").write_text(FONTS.format(folder=folder), "utf-8")
    return folder


@contextmanager
def launched(folder: Path) -> Iterator[Browser]:
    """The browser, running without a window. No other loop may run in this thread meanwhile."""
    surroundings: dict[str, str | float | bool] = {
        "HOME": str(folder),
        "LD_LIBRARY_PATH": str(folder / "al2023" / "lib"),
        "FONTCONFIG_FILE": str(folder / "fonts.conf"),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=folder / "chromium",
            args=["--no-sandbox", "--font-render-hinting=none"],
            env=surroundings,
        )
        yield browser
        browser.close()


class Visits:
    """Opens pages, each in a browser context of its own, and remembers what went wrong in them."""

    def __init__(self, browser: Browser, pictures: Path) -> None:
        self._browser = browser
        self._pictures = Path(PICTURES) if PICTURES else pictures
        self._contexts: list[Any] = []
        self.faults: list[str] = []

    def open(self, url: str, *, dark: bool = False, phone: bool = False, **more: Any) -> Page:
        """A page at an address, its own cookies and all; what a script fails with, and each request
        that leaves this machine, is a fault."""
        context = self._browser.new_context(
            color_scheme="dark" if dark else "light",
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
            has_touch=phone,
            **more,
        )
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        page = context.new_page()
        self.watch(page)
        page.goto(url)
        return page

    def watch(self, page: Page) -> None:
        """Write down what goes wrong in a page. `open` does so; for tabs opened besides."""
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._hear)
        page.on("request", self._follow)

    def _hear(self, message: Any) -> None:
        # A refused call is no fault of the page.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(message.text)

    def _follow(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in THIS_MACHINE:
            self.faults.append(f"went outside: {request.url}")

    def picture(self, page: Page, name: str, *, whole: bool = False) -> Path:
        """A screenshot, to be looked at."""
        self._pictures.mkdir(parents=True, exist_ok=True)
        path = self._pictures / f"{name}.png"
        page.screenshot(path=path, full_page=whole, animations="disabled")
        return path

    def close(self) -> None:
        for context in self._contexts:
            context.close()


def barriers(page: Page) -> list[str]:
    """What axe finds serious or critical in a page, and where."""
    # Through the debugger, as a strict Content-Security-Policy keeps scripts of others out.
    page.evaluate((HERE / "node_modules/axe-core/axe.min.js").read_text("utf-8") + "; 0")
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:200]} {node['failureSummary']}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def is_wider_than_the_window(page: Page) -> bool:
    """Whether one has to scroll sideways."""
    wide: bool = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return wide
