"""Keys, passwords, tokens and e-mail identity. Pure but for the randomness it draws."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 characters without look-alikes
LETTERS = (ALPHABET * 8).encode()  # the one that each byte stands for
SCRYPT = {"n": 2**14, "r": 8, "p": 1}


def new_key(prefix: str) -> str:
    """A public id: prefix, underscore, 16 random base-32 characters (80 bits)."""
    return f"{prefix}_{secrets.token_bytes(16).translate(LETTERS).decode()}"


def hash_password(password: str) -> str:
    """`scrypt$salt$hash`, in hex."""
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_scrypt(password, salt).hex()}"


# Hashed against when the account is unknown, so that both refusals take as long.
NOBODY = f"scrypt${bytes(16).hex()}${bytes(64).hex()}"


def password_matches(password: str, stored: str) -> bool:
    _, salt, expected = stored.split("$")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)), bytes.fromhex(expected))


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(unicodedata.normalize("NFC", password).encode(), salt=salt, **SCRYPT)


def new_token() -> str:
    """A bearer token: 256 random bits."""
    return "rct_" + secrets.token_urlsafe(32)


def new_webhook_secret() -> str:
    """What deliveries to a webhook are signed with: 256 random bits, as Standard Webhooks writes
    them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def canonical_email(email: str) -> str:
    """The form under which an address is unique; ValueError for what is no single plain address.

    Texts that change under NFKC are refused: they look like another address (Kelvin sign, ﬁ).
    """
    text = unicodedata.normalize("NFC", email.strip())
    local, _, domain = text.rpartition("@")
    if not local or "." not in domain or len(text) > 254:
        raise ValueError("not an e-mail address")
    if any(c.isspace() or not c.isprintable() or c in '",;:<>()[]\\@' for c in local + domain):
        raise ValueError("not a plain e-mail address")
    # Each character by itself: composing the whole first would hide the Kelvin sign.
    if any(unicodedata.normalize("NFKC", c) != c for c in email.strip()):
        raise ValueError("an e-mail address with look-alike characters")
    try:
        host = domain.encode("idna").decode()
    except UnicodeError:
        raise ValueError("not a domain name") from None
    return f"{local.casefold()}@{host.casefold()}"
