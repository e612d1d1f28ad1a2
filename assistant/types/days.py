"""Days as they are stored and sent: ISO 8601, or nothing."""

import datetime


def written_day(day: datetime.date | None) -> str | None:
    """A day as text, 2025-10-01; None for none."""
    return day.isoformat() if day else None


def read_day(text: str | None) -> datetime.date | None:
    """The day that a text names, or None for none. Raises ValueError for another text."""
    return datetime.date.fromisoformat(text) if text else None
