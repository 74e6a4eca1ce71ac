"""How often mutations may be called."""

from typing import Annotated

from limits import parse_many
from pydantic import AfterValidator, BaseModel, Field

from services.limited_actions import LimitedAction, RateLimit


def _readable(limit: str) -> str:
    try:
        parse_many(limit)
    except ValueError:
        raise ValueError(
            "has to be limits such as `30/minute`, several with `;` between them"
        ) from None
    return limit


Limit = Annotated[str, AfterValidator(_readable)]


class RateLimitSettings(BaseModel):
    """Limits as `30/minute`; several, of which each holds, as `30/minute; 300/hour`."""

    enabled: bool | None = Field(
        default=None, description="Whether any holds; left out: in production, not in development"
    )
    send_per_viewer: Limit = Field(
        default="30/minute; 300/hour", description="Invitations sent, by one person"
    )
    send_per_address: Limit = Field(
        default="60/minute; 600/hour", description="Invitations sent, from one IP address"
    )
    charge_per_viewer: Limit = Field(
        default="30/minute; 300/hour", description="Mutations that call Stripe, by one person"
    )
    charge_per_address: Limit = Field(
        default="120/minute; 1200/hour",
        description="Mutations that call Stripe, from one IP address",
    )
    create_per_viewer: Limit = Field(
        default="20/hour", description="Organizations created, by one person"
    )
    create_per_address: Limit = Field(
        default="60/hour", description="Organizations created, from one IP address"
    )

    def limits(self) -> dict[LimitedAction, RateLimit]:
        """As the services take them."""
        return {
            action: RateLimit.of(
                per_viewer=getattr(self, f"{action.lower()}_per_viewer"),
                per_address=getattr(self, f"{action.lower()}_per_address"),
            )
            for action in LimitedAction
        }
