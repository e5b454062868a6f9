"""A login that stands: its session, and what it signs with. Host process only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from pkcs11 import Mechanism

from pkcs11_drivers import errors, signing, sm2, token_objects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pkcs11 import Session, SignMixin

    from pkcs11_drivers.key_name import KeyName
    from pkcs11_drivers.model import Algorithm

Recipe = tuple[str, ...] | sm2.Recipe
"""How a signature is to be made: names of mechanisms, best first, or what SM2 needs."""
Signer = Callable[[bytes], bytes]
"""Makes a signature of a message: key and mechanism are looked for once, not for each signature."""


@dataclass(slots=True)
class Login:
    """One token's, through the module at `module`."""

    module: str
    serial: str
    session: Session
    _mechanisms: frozenset[Mechanism | int] = frozenset()
    _signers: dict[tuple[KeyName, Algorithm, Recipe], Signer] = field(default_factory=dict)

    def sign(self, key: KeyName, algorithm: Algorithm, recipe: Recipe, message: bytes) -> bytes:
        """Sign with the private key of that name, by the first mechanism of `recipe` that the token has.

        Raises:
            errors.KeyMissing: no such key; errors.AlgorithmUnsupported: no such mechanism.
            token_objects.READING_FAULTS: what the module reported, or handed over without sense.

        """
        signer = self._signers.get((key, algorithm, recipe))
        if signer is None:
            signer = self._signers[key, algorithm, recipe] = self._signer(key, algorithm, recipe)
        return signer(message)

    def _signer(self, key: KeyName, algorithm: Algorithm, recipe: Recipe) -> Signer:
        self._mechanisms = self._mechanisms or frozenset(self.session.token.slot.get_mechanisms())
        if isinstance(recipe, sm2.Recipe):
            way = recipe.way(self._mechanisms)
            if way is None:
                raise errors.AlgorithmUnsupported(module=self.module, serial=self.serial, algorithm=algorithm)
            return partial(recipe.sign, self._private_key(key, way.key_type), way)
        mechanism = self._mechanism(algorithm, recipe)
        return signing.signer(self._private_key(key, signing.key_type(algorithm)), algorithm, mechanism)

    def _private_key(self, wanted: KeyName, kind: int) -> SignMixin:
        keys = token_objects.private_keys(self.session, wanted, kind)
        if len(keys) != 1:  # more than one is as bad as none: the wrong one must not sign
            raise errors.KeyMissing(module=self.module, serial=self.serial)
        return keys[0]

    def _mechanism(self, algorithm: Algorithm, names: Sequence[str]) -> Mechanism:
        for name in names:
            mechanism = Mechanism.__members__.get(name)
            if mechanism is not None and mechanism in self._mechanisms:
                return mechanism
        raise errors.AlgorithmUnsupported(module=self.module, serial=self.serial, algorithm=algorithm)
