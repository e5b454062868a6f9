"""The PKCS#11 calls that python-pkcs11 0.10.1 lacks or breaks, made on the library it has already loaded.

`wait_for_slot_event()` raises TypeError on a real event, and there is no way to C_CloseAllSessions. Both are called
here through ctypes, on the same handle, by the same single thread.
"""

from __future__ import annotations

import ctypes

_DONT_BLOCK = 1
_OK = 0x000
_NO_EVENT = 0x008


class SlotCalls:
    """Calls of the module at `path`, which must be loaded and initialised. A function that it lacks does nothing."""

    def __init__(self, path: str) -> None:
        """Take the library; loading it again gives the handle that is there."""
        library = ctypes.CDLL(path)
        self._close_all = getattr(library, "C_CloseAllSessions", None)
        self._wait = getattr(library, "C_WaitForSlotEvent", None)

    def close_all_sessions(self, slot_id: int) -> bool:
        """End every session of a slot, leaked ones too, and with them its login; whether the module says it did."""
        return self._close_all is not None and self._close_all(ctypes.c_ulong(slot_id)) == _OK

    def slot_event(self) -> bool | None:
        """Whether a key came or went since the last call, without waiting; None where the module cannot tell."""
        if self._wait is None:
            return None
        slot = ctypes.c_ulong()
        code = self._wait(ctypes.c_ulong(_DONT_BLOCK), ctypes.byref(slot), None) & 0xFFFFFFFF
        return {_OK: True, _NO_EVENT: False}.get(code)
