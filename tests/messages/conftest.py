"""What tests of sending share."""

from __future__ import annotations

import pytest

from procedures.messages import worker


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end nobody waits for what is still on its way."""
    monkeypatch.setattr(worker, "GRACE", 0.05)
