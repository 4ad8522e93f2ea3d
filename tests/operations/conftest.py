"""A database of a school, which each test may ruin."""

from __future__ import annotations

from pathlib import Path

import pytest
from school import build_school


@pytest.fixture
def school(empty_database: str, tmp_path: Path) -> str:
    build_school(empty_database, tmp_path)
    return empty_database
