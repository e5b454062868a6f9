"""The objects of a software UKey changed by a hand of its own: as a key that was written badly has them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

from pkcs11_drivers import Registry

_EDIT = """
import sys, pkcs11
from pkcs11 import Attribute, KeyType, ObjectClass, TokenFlag
(token,) = pkcs11.lib(sys.argv[1]).get_tokens(token_flags=TokenFlag.TOKEN_INITIALIZED)
with token.open(rw=True, user_pin=sys.argv[2]) as session:
    keys = list(session.get_objects({{Attribute.CLASS: ObjectClass.PRIVATE_KEY}}))
    {}
"""


def edit(environment: Mapping[str, str], pin: str, statement: str) -> None:
    """Do one statement of Python to the one token that is plugged in; ``keys`` and ``session`` are at hand there."""
    module = Registry.load().only("softhsm").locate().installed[0].path
    command = [sys.executable, "-c", _EDIT.format(statement), str(module), pin]
    subprocess.run(command, env=dict(environment), check=True, timeout=60)


def without_key(number: int) -> str:
    """The statement that takes the private key away from the certificate that was made as the ``number``-th."""
    return f"[key.destroy() for key in keys if key[Attribute.ID] == bytes([{number}])]"
