"""Who the caller is: a user row, made at first sight of a verified token (P1)."""

from collections import OrderedDict

from db import users
from db.database import Database
from services.addresses import folded
from services.clock import Clock
from services.principals import UserPrincipal
from services.views import UserView

REMEMBERED_USERS = 10_000

_Seen = tuple[str, str, str | None, bool, str | None]


class UserService:
    """Finds and makes users. What a token said once is remembered, so most calls cost no SQL."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._remembered: OrderedDict[_Seen, UserView] = OrderedDict()

    async def identify(self, principal: UserPrincipal) -> UserView:
        """The user that a verified token speaks of."""
        seen: _Seen = (
            principal.issuer,
            principal.subject,
            principal.email,
            principal.email_verified,
            principal.name,
        )
        user = self._remembered.get(seen)
        if user is None:
            user = self._remembered[seen] = await self._upsert(principal)
            if len(self._remembered) > REMEMBERED_USERS:
                self._remembered.popitem(last=False)
        return user

    async def _upsert(self, principal: UserPrincipal) -> UserView:
        async with self._database.begin() as transaction:
            user = await users.upsert(
                transaction,
                issuer=principal.issuer,
                subject=principal.subject,
                email=principal.email,
                email_key=folded(principal.email) if principal.email else None,
                email_verified=principal.email_verified,
                name=principal.name,
                now=self._clock.now(),
            )
            return UserView(user.id, user.email, user.name)
