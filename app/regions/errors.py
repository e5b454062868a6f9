"""What the regions' dated tables cannot answer, beyond the packs' own errors."""

from __future__ import annotations

from app.errors import InputRefused


class CalendarUnknown(InputRefused):
    """The holidays of ``year`` are not in the tables: the State Council publishes them only late in the year before."""

    default_code = "calendar-unknown"

    def __init__(self, year: int) -> None:
        super().__init__(None, year=year)
        self.year = year
