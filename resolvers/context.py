"""What every resolver is given: who asks, the services, and the loaders of this request."""

from collections.abc import Callable
from dataclasses import dataclass, field

from resolvers.loaders import Loaders
from services.actors import Actor
from services.assembly import Services
from services.principals import Principal
from services.views import UserView


class UnauthenticatedError(Exception):
    """Somebody who is not signed in asked for what only users may see."""

    def __init__(self) -> None:
        super().__init__("Sign in to do this: send an access token in the Authorization header.")


@dataclass(slots=True, kw_only=True)
class Context:
    """One operation. Holds no database session: sibling fields run at the same time."""

    services: Services
    principal: Principal | None
    viewer: UserView | None
    """The user who asks; None when signed out, and for service tokens."""
    request_id: str | None
    locale: str
    """Babel's name of the language in which to format, as `en` or `de_CH`."""
    note_refusal: Callable[[str], None]
    """Told the code of each refusal that the operation answers with."""
    address: str | None
    """The IP address of who asks; None when the server does not know it."""
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        """Loaders live as long as the operation."""
        self.loaders = Loaders(self.services, self.viewer)

    @property
    def user(self) -> UserView:
        """The user who asks, or `UnauthenticatedError`."""
        if self.viewer is None:
            raise UnauthenticatedError
        return self.viewer

    @property
    def actor(self) -> Actor:
        """The user who asks, for the audit log."""
        return Actor.user(self.user.id, request_id=self.request_id)
