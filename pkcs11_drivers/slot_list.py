"""Which slots of one module have a token, and which token. Host process only.

`get_tokens()` of python-pkcs11 0.10.1 ends at the first faulty slot: slots are walked one by one and the faulty told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pkcs11 import TokenFlag
from pkcs11.exceptions import DeviceRemoved, PKCS11Error, SlotIDInvalid, TokenNotPresent

from pkcs11_drivers.token_facts import FaultySlot, fault_text, serial_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pkcs11 import Slot, Token
    from pkcs11._pkcs11 import lib as Library  # noqa: N812 - a class by nature

    from pkcs11_drivers.slot_calls import SlotCalls
    from pkcs11_drivers.token_folder import TokenFolder

_LISTINGS = 3
"""How often slots are listed where one of them went between the list and the question what it is."""
_LOOKS_BETWEEN_LISTS = 25


class SlotList:
    """The slots of a loaded module. Every method raises pkcs11.exceptions.PKCS11Error where the list itself fails.

    `folder` is where SoftHSM's tokens come and go; `hide_uninitialised` leaves out slots without an initialised token;
    `by_events` trusts the module to tell by events whether slots have changed.
    """

    def __init__(
        self,
        library: Library,
        calls: SlotCalls,
        folder: TokenFolder | None,
        *,
        hide_uninitialised: bool,
        by_events: bool,
    ) -> None:
        self._library = library
        self._calls = calls
        self._folder = folder
        self._hide_uninitialised = hide_uninitialised
        self._by_events = by_events
        self._last: list[int] | None = None
        self._looks = 0

    def forget(self) -> None:
        """List the slots anew at the next look, whatever events tell."""
        self._last = None

    def numbers(self) -> list[int]:
        """Return the slots with a token; listed anew only after an event, where the module tells by events.

        Now and then they are listed all the same: an event may have gone to a call that this one does not know of.
        """
        self._looks += 1
        quiet = self._by_events and self._calls.slot_event() is False and self._looks % _LOOKS_BETWEEN_LISTS != 0
        if self._last is None or not quiet:
            self._last = [slot.slot_id for slot in self._listed(_LISTINGS)]
        return self._last

    def tokens(self, faulty: list[FaultySlot] | None = None) -> Iterator[tuple[Slot, Token]]:
        """Yield every token that can be read, with its slot; those that cannot are added to `faulty`."""
        for slot in self._listed(_LISTINGS):
            try:
                token = slot.get_token()
            except (TokenNotPresent, DeviceRemoved):
                continue
            except PKCS11Error as error:
                if faulty is not None:
                    faulty.append(FaultySlot(slot.slot_id, fault_text(error)))
                continue
            if self._hide_uninitialised and not token.flags & TokenFlag.TOKEN_INITIALIZED:
                continue
            if self._folder and self._folder.folder_of(serial_of(token)) is None:
                continue
            yield slot, token

    def _listed(self, times: int) -> list[Slot]:
        try:
            # some list a slot twice
            return list({slot.slot_id: slot for slot in self._library.get_slots(token_present=True)}.values())
        except SlotIDInvalid:
            if times == 1:
                raise
            return self._listed(times - 1)
