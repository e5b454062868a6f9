"""A Windows job object that limits a reader's memory and ends it with us. Written to the API; not run by our tests.

Source: learn.microsoft.com, JOBOBJECT_EXTENDED_LIMIT_INFORMATION and SetInformationJobObject.
"""

from __future__ import annotations

import ctypes
import sys

_EXTENDED_LIMITS = 9
_PROCESS_MEMORY = 0x100
_KILL_ON_CLOSE = 0x2000


class _Basic(ctypes.Structure):
    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("least_working_set", ctypes.c_size_t),
        ("most_working_set", ctypes.c_size_t),
        ("processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority", ctypes.c_uint32),
        ("scheduling", ctypes.c_uint32),
    )


class _Extended(ctypes.Structure):
    _fields_ = (
        ("basic", _Basic),
        ("io", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process", ctypes.c_size_t),
        ("peak_job", ctypes.c_size_t),
    )


if sys.platform == "win32":

    class Job:
        """Holds the process until this object goes."""

        def __init__(self, process: int, memory: int) -> None:
            self._kernel = ctypes.WinDLL("kernel32", use_last_error=True)
            self._kernel.CreateJobObjectW.restype = ctypes.c_void_p
            self._job = ctypes.c_void_p(self._kernel.CreateJobObjectW(None, None))
            limits = _Extended()
            limits.basic.flags = _PROCESS_MEMORY | _KILL_ON_CLOSE
            limits.process_memory = memory
            size = ctypes.sizeof(limits)
            self._kernel.SetInformationJobObject(self._job, _EXTENDED_LIMITS, ctypes.byref(limits), size)
            self._kernel.AssignProcessToJobObject(self._job, ctypes.c_void_p(process))

        def __del__(self) -> None:
            # Closing the last handle ends what still runs in the job.
            self._kernel.CloseHandle(self._job)
