"""Documents by id: a manifest of trusted ones, and those that clients register."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from server.graphql_http.document_store import ManifestError, read_manifest
from tests.server.graphql_http.serving import Served, ServeFactory

QUERY = "{ greeting }"
NAMED = "query Named { greeting }"
SHA = hashlib.sha256(QUERY.encode()).hexdigest()
MD5 = hashlib.md5(QUERY.encode(), usedforsecurity=False).hexdigest()
ANSWER = {"data": {"greeting": "Hello, world"}}
APOLLO = {"persistedQuery": {"version": 1, "sha256Hash": SHA}}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "documents.json"
    texts = {MD5: QUERY, f"sha256:{SHA}": QUERY, "greet": QUERY, "named": NAMED}
    path.write_text(json.dumps(texts))
    return path


def code(response: Any) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


DIALECTS: list[dict[str, Any]] = [
    {"documentId": SHA},
    {"documentId": f"sha256:{SHA}"},
    {"id": MD5},
    {"doc_id": f"md5:{MD5}"},
    {"id": "greet"},
    {"extensions": APOLLO},
]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_trusted_document_in_every_dialect(
    serve_with: ServeFactory, manifest: Path, dialect: dict[str, Any]
) -> None:
    async with serve_with(trusted_documents=manifest, only_trusted=True) as served:
        assert (await served.post(dialect)).json() == ANSWER
        params = {k: v if isinstance(v, str) else json.dumps(v) for k, v in dialect.items()}
        assert (await served.http.get("/graphql", params=params)).json() == ANSWER


async def test_only_trusted_refuses_everything_else(
    serve_with: ServeFactory, manifest: Path
) -> None:
    async with serve_with(trusted_documents=manifest, only_trusted=True) as served:
        assert (await served.post({"query": QUERY})).json() == ANSWER
        assert code(await served.post({"query": "{ viewer }"})) == "UNTRUSTED_DOCUMENT"
        assert code(await served.post({"id": "unknown"})) == "PERSISTED_QUERY_NOT_FOUND"
        other = {"persistedQuery": {"version": 1, "sha256Hash": _sha("{ viewer }")}}
        registration = {"query": "{ viewer }", "extensions": other}
        assert code(await served.post(registration)) == "UNTRUSTED_DOCUMENT"
        assert code(await served.post({"extensions": other})) == "PERSISTED_QUERY_NOT_FOUND"
        trusted = {"persistedQuery": {"version": 1, "sha256Hash": _sha(NAMED)}}
        assert (await served.post({"query": NAMED, "extensions": trusted})).json() == ANSWER
        assert (await served.post({"extensions": trusted})).json() == ANSWER


async def test_a_document_is_registered_by_its_hash(served: Served) -> None:
    first = await served.post({"extensions": APOLLO})
    assert first.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert code(first) == "PERSISTED_QUERY_NOT_FOUND"
    assert (await served.post({"query": QUERY, "extensions": APOLLO})).json() == ANSWER
    assert (await served.post({"extensions": APOLLO})).json() == ANSWER
    by_get = await served.http.get("/graphql", params={"extensions": json.dumps(APOLLO)})
    assert by_get.json() == ANSWER


async def test_a_document_is_not_registered_by_another_hash(served: Served) -> None:
    response = await served.post({"query": "{ viewer }", "extensions": APOLLO})
    assert code(response) == "PERSISTED_QUERY_HASH_MISMATCH"
    assert code(await served.post({"extensions": APOLLO})) == "PERSISTED_QUERY_NOT_FOUND"


async def test_registering_can_be_switched_off(serve_with: ServeFactory) -> None:
    async with serve_with(automatic_persisted_queries=False) as served:
        assert code(await served.post({"extensions": APOLLO})) == "PERSISTED_QUERY_NOT_SUPPORTED"
        assert code(await served.post({"id": SHA})) == "PERSISTED_QUERY_NOT_FOUND"
        assert (await served.post({"query": QUERY, "extensions": APOLLO})).json() == ANSWER


async def test_registered_documents_are_bounded(served: Served) -> None:
    for number in range(1_001):
        query = f"{{ greeting }} # {number}"
        extensions = {"persistedQuery": {"version": 1, "sha256Hash": _sha(query)}}
        await served.post({"query": query, "extensions": extensions})
    first = {"persistedQuery": {"version": 1, "sha256Hash": _sha("{ greeting } # 0")}}
    last = {"persistedQuery": {"version": 1, "sha256Hash": _sha("{ greeting } # 1000")}}
    assert code(await served.post({"extensions": first})) == "PERSISTED_QUERY_NOT_FOUND"
    assert (await served.post({"extensions": last})).json() == ANSWER


@pytest.mark.parametrize("text", ["[]", '{"a": 1}', "{"])
def test_a_file_that_is_no_manifest_is_refused_at_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / "documents.json"
    path.write_text(text)
    with pytest.raises(ManifestError, match="is no manifest"):
        read_manifest(path)


def test_a_manifest_that_is_not_there_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"missing\.json: No such file or directory"):
        read_manifest(tmp_path / "missing.json")


def _sha(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()
