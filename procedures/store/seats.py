"""Who holds a seat, as SQL of the record `e`. Used wherever seats are counted."""

from __future__ import annotations

SEATED = "('invited', 'active', 'suspended')"
# Whose time has run out holds no seat, also while nobody has written that down.
IN_TIME = "(e.status <> 'active' or e.end_at is null or e.end_at > :now)"
