"""On Windows a child outlives its parent; a job object that ends with this program takes the hosts along.

Elsewhere a host notices the end of its input, and of a request that is stuck (`host.py`). Written by Microsoft's
documentation of JOBOBJECT_EXTENDED_LIMIT_INFORMATION; not run on Windows by this project.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

if sys.platform == "win32":
    import ctypes
    import functools
    from ctypes import wintypes

    _EXTENDED_LIMIT_INFORMATION = 9
    _KILL_ON_JOB_CLOSE = 0x2000

    class _BasicLimits(ctypes.Structure):
        _fields_ = (
            ("per_process_user_time", ctypes.c_int64),
            ("per_job_user_time", ctypes.c_int64),
            ("flags", wintypes.DWORD),
            ("minimum_working_set", ctypes.c_size_t),
            ("maximum_working_set", ctypes.c_size_t),
            ("active_processes", wintypes.DWORD),
            ("affinity", ctypes.c_size_t),
            ("priority_class", wintypes.DWORD),
            ("scheduling_class", wintypes.DWORD),
        )

    class _ExtendedLimits(ctypes.Structure):
        _fields_ = (
            ("basic", _BasicLimits),
            ("io_counters", ctypes.c_uint64 * 6),
            ("process_memory", ctypes.c_size_t),
            ("job_memory", ctypes.c_size_t),
            ("peak_process_memory", ctypes.c_size_t),
            ("peak_job_memory", ctypes.c_size_t),
        )

    @functools.cache
    def _job() -> int | None:
        """Return the handle of this program's job; it is never closed, so that the system closes it at the end."""
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = wintypes.HANDLE
        made = kernel.CreateJobObjectW(None, None)
        limits = _ExtendedLimits()
        limits.basic.flags = _KILL_ON_JOB_CLOSE
        told = kernel.SetInformationJobObject(
            wintypes.HANDLE(made), _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
        )
        return made if made and told else None

    def end_with_this_program(process: subprocess.Popen[bytes]) -> None:
        """Let the system end the child when this program ends, however it ends."""
        job = _job()
        if job is not None:
            kernel = ctypes.WinDLL("kernel32", use_last_error=True)
            # a program that already stands in a job of somebody else's may be refused: then the pipe's end has to do
            kernel.AssignProcessToJobObject(wintypes.HANDLE(job), wintypes.HANDLE(int(process._handle)))  # noqa: SLF001

else:

    def end_with_this_program(process: subprocess.Popen[bytes]) -> None:
        """Nothing: the host sees the end of its input."""
