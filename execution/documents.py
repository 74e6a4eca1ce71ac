"""Parse and validate once per document text."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    parse,
    validate,
)

from execution.cache import BoundedCache


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A document text, parsed and validated.

    Attributes:
        tree: the document; None when the text has a syntax error.
        errors: why it cannot be executed; empty when it can. They belong to the caller alone.
    """

    tree: DocumentNode | None
    errors: tuple[GraphQLError, ...]


class TooManyTokensError(GraphQLError):
    """The document is longer than the limit, and was not read to its end."""

    def __init__(self, limit: int) -> None:
        message = f"The document has more than {limit} tokens; at most {limit} are allowed."
        super().__init__(message, extensions={"limit": limit})
        self.limit = limit


class DocumentCache:
    """The documents of one schema, bounded in number and in size.

    Bad documents are remembered too, so that a client that repeats its mistake is answered as
    cheaply as any other. Clients choose the texts, so nothing here may grow with what they send.

    Args:
        schema: what the documents are validated against.
        rules: the validation rules, classes built once; they may not depend on the request.
        guards: cheap rules that bound what the others have to look at. They come first, and what
            they refuse is not validated further: some of the specification's rules are quadratic.
        max_tokens: longer documents are a `TooManyTokensError`, found without parsing all of them.
        max_entries: how many texts are kept.
        max_characters: how much text is kept in all. The tree of a usual document takes 100 bytes
            per character, of the densest 320 (measured): the default is 20 to 64 MB.
        hide_suggestions: leave "Did you mean ...?" out of the errors.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        rules: Collection[type[ASTValidationRule]],
        guards: Collection[type[ASTValidationRule]] = (),
        max_tokens: int,
        max_entries: int = 1_000,
        max_characters: int = 200_000,
        hide_suggestions: bool = False,
    ) -> None:
        self._schema = schema
        self._rules = tuple(rules)
        self._guards = tuple(guards)
        self._max_tokens = max_tokens
        self._hide_suggestions = hide_suggestions
        self._kept: BoundedCache[str, CheckedDocument] = BoundedCache(
            max_entries=max_entries, max_weight=max_characters
        )

    def check(self, text: str) -> CheckedDocument:
        """The document of `text`: the same tree for the same text, as long as it is kept."""
        document = self._kept.get(text)
        if document is None:
            document = self._check(text)
            self._kept.put(text, document, weight=len(text))
        if not document.errors:
            return document
        return CheckedDocument(document.tree, tuple(map(_copy_of, document.errors)))

    def _check(self, text: str) -> CheckedDocument:
        try:
            tree = parse(text, max_tokens=self._max_tokens)
        except GraphQLSyntaxError as error:
            too_long = error.description == _TOO_LONG.format(self._max_tokens)
            kept = TooManyTokensError(self._max_tokens) if too_long else _copy_of(error)
            return CheckedDocument(None, (kept,))
        errors = self._errors_by(self._guards, tree) or self._errors_by(self._rules, tree)
        return CheckedDocument(tree, tuple(errors))

    def _errors_by(
        self, rules: tuple[type[ASTValidationRule], ...], tree: DocumentNode
    ) -> list[GraphQLError]:
        if not rules:
            return []
        return validate(self._schema, tree, rules, hide_suggestions=self._hide_suggestions)


_TOO_LONG = "Document contains more than {} tokens. Parsing aborted."
"""What graphql-core says, as if that were a mistake in the document."""


def _copy_of(error: GraphQLError) -> GraphQLError:
    """An equal error without a traceback.

    Who answers a request may add to an error's extensions or raise it, and a raised error grows a
    traceback that keeps the request's frames alive: a cached one must not be handed out.
    """
    if isinstance(error, TooManyTokensError):
        return TooManyTokensError(error.limit)
    if isinstance(error, GraphQLSyntaxError) and error.source and error.positions:
        return GraphQLSyntaxError(error.source, next(iter(error.positions)), error.description)
    return GraphQLError(
        error.message,
        error.nodes,
        error.source,
        error.positions,
        error.path,
        error.original_error,
        dict(error.extensions or {}),
    )
