"""The source schema of a Fusion gateway: where it is served, and the two files it is composed from.

The shape of `schema-settings.json` is that of Hot Chocolate 16 (the page "Fusion subgraph options"
of its documentation): `name`, `transports.http.url`, and under `capabilities` what differs from
what a gateway assumes.
"""

import json
from pathlib import Path
from typing import Any

from schema.fusion import fusion_sdl
from server.settings import Settings

FUSION_PATH = "/graphql/fusion"

SOURCE_NAME = "seatwise"
"""What a gateway calls this source; no other source of the gateway may be called so."""


def source_settings(settings: Settings) -> dict[str, Any]:
    """`schema-settings.json`, for a gateway that reaches us at the public URL."""
    takes_batches = settings.graphql.max_batch > 0
    return {
        "name": SOURCE_NAME,
        "transports": {
            "http": {
                "url": settings.public_url.rstrip("/") + FUSION_PATH,
                "capabilities": {
                    "batching": {
                        "variableBatching": takes_batches,
                        "requestBatching": takes_batches,
                    },
                    "subscriptions": {"supported": True},
                },
            }
        },
    }


def write_source_schema(directory: Path, settings: Settings) -> list[Path]:
    """Write `schema.graphqls` and `schema-settings.json`; the directory is made if need be."""
    directory.mkdir(parents=True, exist_ok=True)
    contents = {
        "schema.graphqls": fusion_sdl(),
        "schema-settings.json": json.dumps(source_settings(settings), indent=2) + "\n",
    }
    for name, content in contents.items():
        (directory / name).write_text(content)
    return [directory / name for name in contents]
