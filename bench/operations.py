"""What is asked: each operation, and the requests that ask it."""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

import orjson

from bench.dataset import LARGE, SMALL, Dataset, key
from bench.issuer import Issuer
from services import global_ids
from services.stripe_gateway import API_VERSION

WEBHOOK_SECRET = "whsec_bench"  # noqa: S105 - of a database that lives as long as a run
USERS_ASKING = 50
"""So many different tokens come in: few enough that a warm-up meets all of them, since the first
sight of a user is a write."""

ORGANIZATION = """
  id name displayName
  plan { code name }
  subscription { status seats interval currentPeriodEnd price { unitAmount { amount currency } } }
  seatUsage { limit purchased occupied reserved available }
  viewerCan(action: INVITE_MEMBER) { allowed }
"""
Q1 = f"query Q1($name: String!) {{ organizationByName(name: $name) {{ {ORGANIZATION} }} }}"
Q2 = f"""query Q2($name: String!) {{ organizationByName(name: $name) {{ {ORGANIZATION}
  members(first: 50) {{ nodes {{
    id role status joinedAt user {{ id name email }} seat {{ id number state since }} }} }} }} }}"""
Q3 = """query Q3 { viewer { id organizations(first: 20) { nodes {
  id name displayName plan { code name } seatUsage { limit occupied reserved available } } } } }"""
Q4 = """query Q4($checks: [AccessCheck!]!) { accessDecisions(checks: $checks) {
  userSubject organizationId allowed reason role } }"""
M1 = """mutation M1($input: RemoveMemberInput!) { removeMember(input: $input) {
  removedMemberId errors { __typename } } }"""


@dataclass(frozen=True, slots=True)
class Operation:
    """Something to measure. `requests` gives ready HTTP requests, each fit to be sent once."""

    name: str
    what: str
    requests: Callable[[], Iterator[bytes]]
    per_round: int
    """How many requests make a round, if they take less than the longest round."""
    rate: float
    """Requests per second at which latencies are compared: one that most programs can take on a
    busy machine."""
    changes_data: bool = False


class Operations:
    """All operations on one data set; what changes data never repeats itself."""

    def __init__(self, dataset: Dataset, issuer: Issuer) -> None:
        self._dataset = dataset
        self._issuer = issuer
        self._tokens: dict[int, str] = {}
        self._victims = self._members_to_remove()
        self._events = count()
        self._service_token = issuer.token("reports", scope="access:read", client_id="reports")

    def all(self) -> list[Operation]:
        """In the order of the tables."""
        return [
            Operation(
                "Q1",
                "one organization: plan, seats, subscription, capability",
                self.q1,
                600,
                rate=40,
            ),
            Operation(
                "Q2", "Q1 and its first 50 members with user and seat", self.q2, 300, rate=10
            ),
            Operation(
                "Q3", "the viewer's 20 organizations with plan and seats", self.q3, 400, rate=20
            ),
            Operation("Q4", "100 access decisions for a back end", self.q4, 200, rate=10),
            Operation("M1", "a member is removed", self.m1, 200, rate=15, changes_data=True),
            Operation(
                "W1",
                "a webhook is stored and acknowledged",
                self.w1,
                200,
                rate=20,
                changes_data=True,
            ),
        ]

    def q1(self) -> Iterator[bytes]:
        """The owner asks for their organization."""
        return self._about_organizations(Q1)

    def q2(self) -> Iterator[bytes]:
        """The owner asks for their large organization and its people."""
        return self._about_organizations(Q2)

    def page_of_members(self, first: int) -> Operation:
        """So many members of the largest organizations there are."""
        document = Q2.replace("first: 50", f"first: {first}")
        requests = partial(self._about_organizations, document)
        return Operation(f"Q2 {first}", "members of an organization", requests, 300, rate=10)

    def _about_organizations(self, document: str) -> Iterator[bytes]:
        for number in range(USERS_ASKING):
            organization = number * 10 % (self._dataset.organizations // 2)
            owner = self._dataset.user_of(organization, slot=0)
            variables = {"name": f"organization-{organization}"}
            yield self._graphql(document, self._token(owner), variables)

    def q3(self) -> Iterator[bytes]:
        """A user asks what they belong to."""
        for number in range(USERS_ASKING):
            yield self._graphql(Q3, self._token(number % (self._dataset.organizations // 2)), {})

    def q4(self) -> Iterator[bytes]:
        """A back end asks about a hundred people at once; every second one belongs."""
        for start in range(USERS_ASKING):
            checks = [self._check(start * 100 + place) for place in range(100)]
            yield self._graphql(Q4, self._service_token, {"checks": checks})

    def _check(self, number: int) -> dict[str, str]:
        organization = number * 10 % self._dataset.organizations
        user = self._dataset.user_of(organization, slot=1) + number % 2
        encoded = global_ids.encode("Organization", key("organization", organization))
        subject = f"user{(user + 100 * (number % 2)) % self._dataset.organizations}"
        return {"userSubject": subject, "organizationId": encoded}

    def m1(self) -> Iterator[bytes]:
        """An owner removes somebody. Nobody is removed twice in a run."""
        for organization, member in self._victims:
            owner = self._dataset.user_of(organization, slot=0)
            keys: tuple[UUID, UUID] = (key("organization", organization), key("member", member))
            variables = {"input": {"memberId": global_ids.encode("Member", *keys)}}
            yield self._graphql(M1, self._token(owner), variables)

    def _members_to_remove(self) -> Iterator[tuple[int, int]]:
        """From organizations and of users that no query asks about. Large organizations come first:
        they have few owners, so that a warm-up meets all who will ask.
        """
        half = self._dataset.organizations // 2
        large = [one for one in range(half, self._dataset.organizations) if one % 10 == 0]
        small = [one for one in range(half, self._dataset.organizations) if one % 10]
        for size, organizations in ((LARGE, large), (SMALL, small)):
            for slot in range(size - 1, 1, -1):
                for organization in organizations:
                    if self._dataset.user_of(organization, slot=slot) >= half:
                        yield organization, self._dataset.member_of(organization, slot=slot)

    def w1(self) -> Iterator[bytes]:
        """Stripe delivers an event that it never delivered before."""
        for number in self._events:
            customer = f"cus_{number % self._dataset.organizations}"
            about = {"object": "subscription", "id": f"sub_{number}", "customer": customer}
            event = {
                "id": f"evt_bench_{number}",
                "object": "event",
                "type": "customer.subscription.updated",
                "api_version": API_VERSION,
                "created": int(time.time()),
                "data": {"object": about},
            }
            body = orjson.dumps(event)
            yield _post("/webhooks/stripe", body, {"Stripe-Signature": _signature(body)})

    def _token(self, user: int) -> str:
        if user not in self._tokens:
            self._tokens[user] = self._issuer.token_of_user(user)
        return self._tokens[user]

    def _graphql(self, document: str, token: str, variables: dict[str, Any]) -> bytes:
        body = orjson.dumps({"query": document, "variables": variables})
        return _post("/graphql", body, {"Authorization": f"Bearer {token}"})


def _signature(body: bytes) -> str:
    at = int(time.time())
    digest = hmac.new(WEBHOOK_SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={digest.hexdigest()}"


def _post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Accept: application/json"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
