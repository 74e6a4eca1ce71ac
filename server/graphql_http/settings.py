"""What an operator may choose about the GraphQL endpoint."""

from pathlib import Path

from pydantic import (
    BaseModel,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationInfo,
    field_validator,
)

from server.listed import Origins


class GraphQLHTTPSettings(BaseModel):
    """Bounds and switches of the endpoint. Times are in seconds, sizes in bytes."""

    allowed_origins: Origins = Field(
        default=(),
        description="Origins, by commas, of browser apps that may call the API; * is any",
    )
    allow_private_network: bool = Field(
        default=False,
        description="Let public sites, such as a hosted IDE, reach a server on a private network",
    )
    max_body_bytes: PositiveInt = Field(default=1_000_000, description="Longest request body")
    operation_timeout: PositiveFloat = Field(
        default=30.0, description="An operation that takes longer is cancelled, its SQL too"
    )
    partial_success_status: bool = Field(
        default=False,
        description="Answer data with errors by status 294, as the edition of September 2026"
        " recommends",
    )
    max_tokens: PositiveInt = Field(default=2_000, description="Tokens of one document")
    max_depth: PositiveInt = Field(default=15, description="Levels of fields in one operation")
    max_root_fields: PositiveInt = Field(default=20, description="Fields at the root of one")
    max_selections: PositiveInt = Field(default=100, description="Selections in one place")
    max_aliases: PositiveInt = Field(default=50, description="Aliases in one operation")
    max_list_size: PositiveInt = Field(default=100, description="Items that `first` may ask for")
    max_field_cost: PositiveInt = Field(default=20_000, description="Cost of resolving fields")
    max_type_cost: PositiveInt = Field(default=20_000, description="Cost of building objects")
    introspection: bool = Field(default=True, description="Answer questions about the schema")
    suggestions: bool = Field(default=True, description='Say "Did you mean ..." in error messages')

    keep_alive_interval: PositiveFloat = Field(
        default=12.0, description="Silence after which a stream sends a sign of life"
    )
    send_timeout: PositiveFloat = Field(
        default=20.0, description="A reader that takes nothing for so long is dropped"
    )
    max_streams: PositiveInt = Field(
        default=10_000, description="Open sockets and event streams of one process"
    )
    connection_init_timeout: PositiveFloat = Field(
        default=10.0, description="Time that a WebSocket client has to introduce itself"
    )
    socket_idle_timeout: PositiveFloat = Field(
        default=600.0, description="A WebSocket without a running operation is closed after it"
    )
    max_operations_per_socket: PositiveInt = Field(
        default=100, description="Operations that run at once on one WebSocket"
    )

    trusted_documents: Path | None = Field(
        default=None, description="JSON file {id: document} of the documents that apps may run"
    )
    only_trusted: bool = Field(
        default=False, description="Refuse every document that the manifest does not hold"
    )
    automatic_persisted_queries: bool = Field(
        default=True, description="Let clients register a document by its SHA-256"
    )
    max_batch: int = Field(
        default=50, ge=0, description="Requests, or sets of variables, in one call; 0 is none"
    )

    @field_validator("only_trusted")
    @classmethod
    def _has_a_manifest(cls, only_trusted: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 # pydantic's
        if only_trusted and info.data.get("trusted_documents") is None:
            raise ValueError("without a file of trusted documents every document would be refused")
        return only_trusted
