"""The request for a signature, up to the message: from one signature to the next it is mostly the same."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pkcs11_drivers import certificates as certificate_reader
from pkcs11_drivers import errors, protocol
from pkcs11_drivers.model import Algorithm

if TYPE_CHECKING:
    from pkcs11_drivers.hosts import Served
    from pkcs11_drivers.model import Certificate, Token
    from pkcs11_drivers.protocol import JsonObject


@dataclass(frozen=True, slots=True)
class SignRequest:
    """`opening` is the request without its message, ready to be sent to the host of `served`."""

    served: Served
    token: Token
    algorithm: Algorithm
    certificate: Certificate | None
    opening: bytes

    @classmethod
    def make(
        cls, served: Served, token: Token, algorithm: Algorithm, certificate: Certificate | None, limit: float
    ) -> SignRequest:
        """Write it, to sign with the key of `certificate`, or of the token's signing certificate.

        Raises:
            errors.CertificateMissing: nothing to sign with.
            errors.AlgorithmUnsupported: not with this kind of key, or not by what the vendor's file says.

        """
        signing = certificate or token.signing_certificate
        if signing is None:
            raise errors.CertificateMissing(module=token.module, serial=token.serial)
        if algorithm not in served.vendor.algorithms_for(signing.key_algorithm):
            raise errors.AlgorithmUnsupported(module=token.module, serial=token.serial, algorithm=algorithm)
        opening = protocol.opened(
            {
                "op": "sign",
                "limit": limit,
                "slot": token.slot,
                "serial": token.serial,
                "key_id": protocol.pack(signing.key_id),
                "modulus": certificate_reader.modulus_name(signing.der),
                "algorithm": algorithm.value,
                **_how(served, algorithm, signing),
            }
        )
        return cls(served, token, algorithm, certificate, opening)

    def is_for(self, served: Served, token: Token, algorithm: Algorithm, certificate: Certificate | None) -> bool:
        """Whether it is this very one. By identity: to compare all the bytes would cost more than to make it anew."""
        return (
            self.token is token
            and self.certificate is certificate
            and self.algorithm is algorithm
            and self.served is served
        )


def _how(served: Served, algorithm: Algorithm, certificate: Certificate) -> JsonObject:
    """The vendor's ways to make such a signature, in order of preference, as the host is told them."""
    if algorithm is not Algorithm.SM2_SM3:
        return {"mechanisms": served.vendor.mechanisms[algorithm]}
    point = protocol.pack(certificate_reader.public_point(certificate.der))
    return {"sm2": [{**asdict(way), "source": ""} for way in served.vendor.sm2], "public_point": point}
