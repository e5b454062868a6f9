"""The contract as OpenAPI, made from the application itself; kept in ``resources/contract/openapi.json``.

After a change of the API: ``python3 -m bureau describe > resources/contract/openapi.json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from bureau.api.application import build
from bureau.envelopes import FilingEnvelope, WithdrawEnvelope
from bureau.receipts import ReceiptBody

FILE: Final = Path(__file__).resolve().parents[2] / "resources" / "contract" / "openapi.json"


def text() -> str:
    """The description, in a form that changes only when the contract does."""
    described = build(None).openapi()
    for path in described["paths"].values():
        for operation in path.values():
            # FastAPI tells of its own validation answer; ours is the 4XX beside it.
            operation["responses"].pop("422", None)
    schemas = described["components"]["schemas"]
    for kind in (FilingEnvelope, WithdrawEnvelope, ReceiptBody):
        # They travel as text inside other messages, so the application does not name them by itself.
        schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[kind.__name__] = schema
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    return json.dumps(described, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
