"""How one sandbox process is set up."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`public_url` is what browsers and `hosted_invoice_url` use; no slash at its end."""

    database_url: str
    public_url: str = "http://127.0.0.1:8420"
    check_answers: bool = True
    """Compare every answer and event with the SDK's resource classes (0.1 ms an answer)."""
    catch_up_seconds: float = 1.0
    """How often accounts are looked through for what has fallen due in the meantime."""
    delivery_timeout_seconds: float = 20.0
    delivery_retry_seconds: float = 1.0
    """The pause before the second try of a delivery; it doubles with each try, up to an hour."""
    pool_size: int = 10
