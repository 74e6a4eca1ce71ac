"""Documents asked for by id: the trusted ones of a manifest, and those that clients registered.

One id, four dialects: `documentId` (draft specification, urql), `id` (Hot Chocolate, Nitro),
`doc_id` (Relay), `extensions.persistedQuery.sha256Hash` (Apollo). A hash may bear a prefix such as
`sha256:`.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import orjson

from execution.cache import BoundedCache
from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.refusals import GraphQLRequestError
from server.graphql_http.requests import GraphQLRequest
from server.start_error import StartError

_MAX_REGISTERED = 1_000
_MAX_REGISTERED_BYTES = 4_000_000


class ManifestError(StartError):
    """The trusted documents cannot be read."""


def read_manifest(path: Path) -> dict[str, str]:
    """The trusted documents of a JSON file `{id: document}`, as Nitro and relay-compiler write it.

    Raises:
        ManifestError: when the file is not there, or holds something else.
    """
    try:
        manifest = orjson.loads(path.read_bytes())
    except OSError as error:
        raise ManifestError(f"{path}: {error.strerror}") from None
    except orjson.JSONDecodeError:
        manifest = None
    if not isinstance(manifest, dict) or not all(isinstance(d, str) for d in manifest.values()):
        raise ManifestError(f"{path} is no manifest of trusted documents: a JSON object of strings")
    return manifest


class DocumentStore:
    """Finds the text that a request means.

    Registered documents (Apollo's APQ) live in this process only and are bounded: a client that
    hears PERSISTED_QUERY_NOT_FOUND sends the document again.
    """

    def __init__(
        self, trusted: Mapping[str, str], *, only_trusted: bool, accepts_registrations: bool
    ) -> None:
        self._trusted = {_bare(key): text for key, text in trusted.items()}
        self._trusted_texts = frozenset(trusted.values())
        self._only_trusted = only_trusted
        self._accepts_registrations = accepts_registrations
        self._registered: BoundedCache[str, str] = BoundedCache(
            max_entries=_MAX_REGISTERED, max_weight=_MAX_REGISTERED_BYTES
        )

    def trusts(self, text: str) -> bool:
        """Whether this is a document of the manifest."""
        return text in self._trusted_texts

    def text_of(self, request: GraphQLRequest) -> str:
        """The document's text.

        Raises:
            GraphQLRequestError: when the id is unknown, or the document may not be run.
        """
        key = _key_of(request)
        if key is not None and (trusted := self._trusted.get(key)) is not None:
            return trusted
        if not request.query:
            return self._registered_text(request, key)
        if self._only_trusted and request.query not in self._trusted_texts:
            raise GraphQLRequestError.of(
                "Only trusted documents may run here.", code=ErrorCode.UNTRUSTED_DOCUMENT
            )
        if request.persisted_query:
            self._register(request.query, key)
        return request.query

    def _registered_text(self, request: GraphQLRequest, key: str | None) -> str:
        if request.persisted_query and not self._accepts_registrations and not self._trusted:
            raise GraphQLRequestError.of(
                "PersistedQueryNotSupported", code=ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED
            )
        text = self._registered.get(key) if key is not None else None
        if text is None:
            # Apollo's clients read this very message.
            raise GraphQLRequestError.of(
                "PersistedQueryNotFound", code=ErrorCode.PERSISTED_QUERY_NOT_FOUND
            )
        return text

    def _register(self, text: str, key: str | None) -> None:
        if hashlib.sha256(text.encode()).hexdigest() != key:
            raise GraphQLRequestError.of(
                "provided sha does not match query", code=ErrorCode.PERSISTED_QUERY_HASH_MISMATCH
            )
        if self._accepts_registrations:
            self._registered.put(key, text, weight=len(text))


def _key_of(request: GraphQLRequest) -> str | None:
    if request.document_id is not None:
        return _bare(request.document_id)
    digest = request.persisted_query.get("sha256Hash")
    return _bare(digest) if isinstance(digest, str) else None


def _bare(key: str) -> str:
    """The hash without its `sha256:` or `md5:`."""
    return key.rpartition(":")[2]
