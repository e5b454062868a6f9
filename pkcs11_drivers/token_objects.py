"""The certificates and private keys of one session, read as careless modules need it. Host process only.

They find objects without end, find what is not there, tell lengths beyond any memory, and have objects without a class.
"""

from __future__ import annotations

import struct
from itertools import islice
from typing import TYPE_CHECKING, Any

from pkcs11 import Attribute, ObjectClass, SignMixin
from pkcs11.exceptions import FunctionFailed, PKCS11Error

from pkcs11_drivers.key_name import KeyName, modulus_name
from pkcs11_drivers.token_facts import StoredCertificate

if TYPE_CHECKING:
    from pkcs11 import Session

READING_FAULTS = (PKCS11Error, ValueError, NotImplementedError, KeyError, MemoryError, OverflowError, struct.error)
"""What reading an attribute of a careless module may raise: its own error, garbage lengths, unknown numbers."""
_MOST_OBJECTS = 500
"""More certificates or keys than any UKey holds; a module that finds objects without end is stopped here."""


def certificates(session: Session, *, logged_in: bool) -> tuple[StoredCertificate, ...]:
    """Return the certificates that the session shows; to one that is logged in the private keys beside them too."""
    found = _found(session, {Attribute.CLASS: ObjectClass.CERTIFICATE})
    ids = _private_key_ids(session) if found and logged_in else None
    return tuple(one for one in (_certificate(each, ids) for each in found) if one.der)


def private_keys(session: Session, wanted: KeyName, kind: int) -> list[SignMixin]:
    """Return the keys of a kind that lie under the wanted CKA_ID, every one of the kind where it is empty.

    Two containers, one to sign and one to encrypt, may share a CKA_ID: then the modulus tells which is meant.
    """
    query: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.KEY_TYPE: kind}
    if wanted.key_id:
        query[Attribute.ID] = wanted.key_id
    keys = [key for key in _found(session, query) if isinstance(key, SignMixin)]
    if len(keys) > 1 and wanted.modulus:
        keys = [key for key in keys if _modulus(key) == wanted.modulus]
    return keys


def _modulus(key: SignMixin) -> str:
    value = _attribute(key, Attribute.MODULUS)
    return modulus_name(int.from_bytes(value, "big")) if value else ""


def _private_key_ids(session: Session) -> frozenset[bytes] | None:
    """The CKA_ID of every private key; None where not all of them can be read."""
    try:
        keys = _found(session, {Attribute.CLASS: ObjectClass.PRIVATE_KEY})
        return frozenset(bytes(key[Attribute.ID]) for key in keys)
    except READING_FAULTS:
        return None


def _certificate(found: Any, ids: frozenset[bytes] | None) -> StoredCertificate:  # noqa: ANN401 - the binding is untyped here
    key_id = bytes(_attribute(found, Attribute.ID) or b"")
    return StoredCertificate(
        der=bytes(_attribute(found, Attribute.VALUE) or b""),
        key_id=key_id,
        label=str(_attribute(found, Attribute.LABEL) or ""),
        has_key=None if ids is None else key_id in ids or (not key_id and bool(ids)),
    )


def _found(session: Session, query: dict[Attribute, Any]) -> list[Any]:
    """Return the objects that match; the search is over when this returns.

    Raises:
        pkcs11.exceptions.FunctionFailed: the module finds more than a UKey can hold.

    """
    found = list(islice(session.get_objects(query), _MOST_OBJECTS))
    if len(found) == _MOST_OBJECTS:
        raise FunctionFailed("objects without end")
    return found


def _attribute(found: Any, attribute: Attribute) -> Any:  # noqa: ANN401 - the binding itself is untyped here
    """Read one attribute; None where the module cannot. Objects have no `.label`, so always by number."""
    try:
        return found[attribute]
    except READING_FAULTS:
        return None
