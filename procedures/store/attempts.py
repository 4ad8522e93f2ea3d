"""Failures that are counted, over all processes. They belong to nobody's tenant."""

from __future__ import annotations

from procedures.store.transaction import Transaction


def failures(
    tx: Transaction, kind: str, subject: str, window: tuple[str, str], most: int
) -> list[str]:
    """When something failed between two instants, the latest first, at most so many."""
    return tx.all(
        str,
        """
        select at from attempt where kind = :kind and subject = :subject
          and at > :since and at < :until
        order by at desc limit :most
        """,
        kind=kind,
        subject=subject,
        since=window[0],
        until=window[1],
        most=most,
    )


def add_failure(tx: Transaction, kind: str, subject: str, now: str) -> None:
    tx.insert("attempt", kind=kind, subject=subject, at=now)


def try_to_write(tx: Transaction, now: str) -> None:
    """Change something that nobody will notice."""
    id = tx.insert("attempt", kind="login", subject="", at=now)
    tx.run("delete from attempt where id = :id", id=id)


def forget(tx: Transaction, before: str) -> None:
    tx.run("delete from attempt where at <= :before", before=before)
