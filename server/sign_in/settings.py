from typing import Annotated

from pydantic import AnyHttpUrl, BaseModel, Field, field_validator

from server.listed import Listed


class SignInSettings(BaseModel):
    """Whose access tokens are believed, and how that issuer names things.

    The defaults fit Auth0, Keycloak, Okta and the development issuer. Microsoft Entra and Amazon
    Cognito name some claims otherwise; `docs/adr/` says which settings they need.
    """

    oidc_issuer: str = Field(description="The issuer, exactly as its tokens say `iss`")
    oidc_audience: str = Field(min_length=1, description="What tokens must be meant for: this API")
    oidc_audience_claim: str = Field(
        default="aud", description="The claim that names the audience; `client_id` for Cognito"
    )
    oidc_subject_claim: str = Field(
        default="sub",
        description="The claim that identifies a person for ever; `oid` for Entra",
    )
    oidc_email_claim: str = Field(
        default="email", description="The claim with a person's e-mail address"
    )
    oidc_email_verified_claim: str = Field(
        default="email_verified",
        description="The claim that says whether the address is theirs; `xms_edov` for Entra",
    )
    oidc_name_claim: str = Field(default="name", description="The claim with a person's name")
    oidc_scope_claims: Listed = Field(
        default=("scope", "scp"),
        description="The claims with scopes, by commas; add `roles` for Entra's application roles",
    )
    oidc_scope_prefix: str = Field(
        default="", description="Removed from scopes, for example `seatwise/` for Cognito"
    )
    oidc_use_userinfo: bool = Field(
        default=True, description="Ask the issuer's userinfo for what the token does not say"
    )
    oidc_leeway_seconds: Annotated[float, Field(ge=0, le=300)] = Field(
        default=30, description="By how much the issuer's clock and ours may differ"
    )
    oidc_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = Field(
        default=5, description="How long the issuer may take to answer"
    )
    oidc_keys_seconds: Annotated[float, Field(gt=0)] = Field(
        default=600, description="How long the issuer's keys, and tokens checked by them, are kept"
    )
    oidc_refetch_seconds: Annotated[float, Field(gt=0)] = Field(
        default=10, description="The pace at which unknown keys may make us ask the issuer again"
    )
    oidc_cached_tokens: Annotated[int, Field(ge=1)] = Field(
        default=10_000, description="How many checked tokens one process keeps"
    )

    @field_validator("oidc_issuer")
    @classmethod
    def _is_a_url(cls, issuer: str) -> str:
        AnyHttpUrl(issuer)  # Only checked: its own text would gain a slash and not match `iss`.
        return issuer

    @property
    def is_encrypted(self) -> bool:
        """Whether the issuer is asked over https. Production accepts nothing else."""
        return self.oidc_issuer.startswith("https://")
