"""UKeys and nothing else: which modules exist, who is plugged in, PIN, sign.

Knows no filing and no window. `UKeys` is the face; modules run in child processes (`host.py`). Importing this package
loads no PKCS#11 module and no binding.
"""

from pkcs11_drivers.client import Limits
from pkcs11_drivers.family import Vendor
from pkcs11_drivers.keys import UKeys
from pkcs11_drivers.model import (
    Algorithm,
    Certificate,
    Found,
    KeyAlgorithm,
    PinEntry,
    PinState,
    Presence,
    Scan,
    SkippedModule,
    SkipReason,
    Token,
)
from pkcs11_drivers.registry import Registry

__all__ = [
    "Algorithm",
    "Certificate",
    "Found",
    "KeyAlgorithm",
    "Limits",
    "PinEntry",
    "PinState",
    "Presence",
    "Registry",
    "Scan",
    "SkipReason",
    "SkippedModule",
    "Token",
    "UKeys",
    "Vendor",
]
