"""Refusals about people and seats (see `services.refusals`)."""

from dataclasses import dataclass
from datetime import datetime

from db.enums import InvitationStatus
from services.global_ids import TenantKey
from services.refusals import Refusal, RefusalCode
from services.seat_resolutions import SeatResolution


@dataclass(eq=False)
class SeatLimitReached(Refusal):
    """S1: every seat is taken; `resolutions` help."""

    code = RefusalCode.SEAT_LIMIT_REACHED
    limit: int
    occupied: int
    reserved: int
    resolutions: tuple[SeatResolution, ...]

    @property
    def message(self) -> str:
        """See `Refusal`."""
        ways = "; or ".join(resolution.message for resolution in self.resolutions)
        taken = f"{self.occupied} of {self.limit} seats are occupied, {self.reserved} reserved."
        return f"{taken} What helps: {ways}." if ways else taken


@dataclass(eq=False)
class SubscriptionExpired(Refusal):
    """B4: from its end on, invitations are frozen."""

    code = RefusalCode.SUBSCRIPTION_EXPIRED
    ended_at: datetime | None

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "The organization's subscription has ended. Invitations wait until it is renewed."


@dataclass(eq=False)
class AlreadyMember(Refusal):
    """The address, or the person who accepts, is a member's; deactivated ones are members too."""

    code = RefusalCode.ALREADY_MEMBER
    member_key: TenantKey

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "This person is a member already. Somebody deactivated can be reactivated."


@dataclass(eq=False)
class AlreadyInvited(Refusal):
    """The folded address has an open invitation."""

    code = RefusalCode.ALREADY_INVITED
    invitation_key: TenantKey

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "This address has an open invitation; send that one again, or cancel it first."


@dataclass(eq=False)
class TooManyInvitations(Refusal):
    """An organization sends at most `limit` invitations per hour of real time."""

    code = RefusalCode.TOO_MANY_INVITATIONS
    limit: int
    retry_after_seconds: int

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return (
            f"At most {self.limit} invitations are sent per hour;"
            f" try again in {self.retry_after_seconds} seconds."
        )


@dataclass(eq=False)
class InvitationNotFound(Refusal):
    """Wrong, of another organization, or a token that a newer mail has replaced."""

    code = RefusalCode.INVITATION_NOT_FOUND

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "There is no such invitation. Use the link of the newest mail, or ask for another."


@dataclass(eq=False)
class InvitationNotOpen(Refusal):
    """It was answered, taken back, or has expired."""

    code = RefusalCode.INVITATION_NOT_OPEN
    status: InvitationStatus

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return f"This invitation is {self.status.lower()}; another one is needed."


@dataclass(eq=False)
class InvitationForAnotherAddress(Refusal):
    """Only the invited person answers an invitation."""

    code = RefusalCode.INVITATION_FOR_ANOTHER_ADDRESS
    email: str

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return f"This invitation was sent to {self.email}; sign in with that address."


@dataclass(eq=False)
class EmailNotVerified(Refusal):
    """P1: without the issuer's word anybody could claim an address."""

    code = RefusalCode.EMAIL_NOT_VERIFIED

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "Verify your e-mail address where you sign in, then sign in again."


@dataclass(eq=False)
class MemberNotFound(Refusal):
    """Never there, removed, or of another organization."""

    code = RefusalCode.MEMBER_NOT_FOUND

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "There is no such member in this organization."


@dataclass(eq=False)
class MemberNotActive(Refusal):
    """Only an active member can become the owner."""

    code = RefusalCode.MEMBER_NOT_ACTIVE

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "This member is deactivated; reactivate them first."


@dataclass(eq=False)
class ActingOnYourself(Refusal):
    """There is a mutation of its own for who wants to go."""

    code = RefusalCode.ACTING_ON_YOURSELF

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "You cannot do this to yourself; to go, leave the organization."


@dataclass(eq=False)
class OwnerProtected(Refusal):
    """P3: nobody acts on the owner, not even they themselves."""

    code = RefusalCode.OWNER_PROTECTED

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "The owner stays as they are until they transfer the organization to a member."
