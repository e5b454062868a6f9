"""SM2 through python-pkcs11, which knows nothing of it: each vendor has numbers of its own. Host process only.

The binding refuses a mechanism that is not in its enumeration, and fails on a key whose type it does not know. So a
vendor's mechanism is made into a member-like object without becoming a member, and sessions read key types as numbers
(tried with 0.10.1 on Python 3.11).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pkcs11 import Attribute, Mechanism
from pkcs11.attributes import AttributeMapper, handle_ulong

from pkcs11_drivers import protocol
from pkcs11_drivers.family import Sm2Hash

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from pkcs11 import SignMixin

    from pkcs11_drivers.protocol import JsonObject

_HALF = 32
_A = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_X = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
_Y = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
"""The curve's parameters, which are hashed together with the signer's (GB/T 32918.5-2017)."""


def tolerant_mapper() -> AttributeMapper:
    """Return a mapper for sessions in which a key's type may be any number."""
    mapper = AttributeMapper()
    mapper.register_handler(Attribute.KEY_TYPE, *handle_ulong)
    return mapper


def raw_mechanism(number: int) -> Mechanism:
    """Return the mechanism of this number, known to the binding or not."""
    try:
        return Mechanism(number)
    except ValueError:
        made = int.__new__(Mechanism, number)
        made._name_ = f"VENDOR_{number:#010x}"
        made._value_ = number
        return made


def digest(message: bytes, public_point: bytes, user_id: bytes) -> bytes:
    """Return e = SM3(Z | message), where Z binds the user id, the curve and the public key (04 x y)."""
    from cryptography.hazmat.primitives import hashes

    def sm3(data: bytes) -> bytes:
        hasher = hashes.Hash(hashes.SM3())
        hasher.update(data)
        return hasher.finalize()

    curve = b"".join(number.to_bytes(_HALF, "big") for number in (_A, _B, _X, _Y))
    z = sm3((len(user_id) * 8).to_bytes(2, "big") + user_id + curve + public_point[1:])
    return sm3(z + message)


@dataclass(frozen=True, slots=True)
class Way:
    """One of a vendor's ways to sign, as the request tells it (`family.Sm2Way`)."""

    key_type: int
    mechanism: int
    hash: Sm2Hash
    is_der: bool
    user_id: bytes

    @classmethod
    def from_request(cls, told: JsonObject) -> Self:
        """Read one entry of the request's `sm2`."""
        return cls(
            key_type=int(told["key_type"]),
            mechanism=int(told["mechanism"]),
            hash=Sm2Hash(told["hash"]),
            is_der=told["signature"] == "der",
            user_id=str(told["user_id"]).encode(),
        )


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a request for an SM2 signature carries: the ways, best first, and the signer's public key (04 x y)."""

    ways: tuple[Way, ...]
    public_point: bytes

    @classmethod
    def from_request(cls, request: JsonObject) -> Self:
        """Read the request."""
        point = protocol.unpack(request["public_point"])
        return cls(tuple(Way.from_request(told) for told in request["sm2"]), point)

    def way(self, mechanisms: AbstractSet[Mechanism | int]) -> Way | None:
        """Return the first way that the token has."""
        numbers = {int(mechanism) for mechanism in mechanisms}
        return next((way for way in self.ways if way.mechanism in numbers), None)

    def sign(self, key: SignMixin, way: Way, message: bytes) -> bytes:
        """Sign and return r and s, 32 bytes each.

        Raises:
            pkcs11.exceptions.PKCS11Error: what the module reported.
            ValueError: the module made something that is no signature.

        """
        from pkcs11_drivers.signing import raw_pair

        data = digest(message, self.public_point, way.user_id) if way.hash is Sm2Hash.HOST else message
        parameter: Any = way.user_id if way.hash is Sm2Hash.MODULE_WITH_ID else None
        signature = key.sign(data, mechanism=raw_mechanism(way.mechanism), mechanism_param=parameter)
        return raw_pair(signature, is_der=way.is_der)
