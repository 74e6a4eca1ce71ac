"""A person with a browser: asks by GraphQL, gets an answer, or none, and clicks again."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

UNAVAILABLE = "BILLING_UNAVAILABLE"
NO_ANSWER = "NO_ANSWER"
_AGAIN = {UNAVAILABLE, NO_ANSWER, "SERVICE_UNAVAILABLE", "OPERATION_TIMEOUT"}
_EXPECTED_FAULTS = {"SERVICE_UNAVAILABLE", "OPERATION_TIMEOUT"}
_ANSWER_SECONDS = 20
_CLICKS = 4
_CLICKS_TWICE = 0.1
_GIVES_UP = 0.2
_SHOWN = {
    "selectPlan": "billingSession { url }",
    "changePlan": "billingSession { url }",
    "quoteChange": "quote { id }",
    "openBillingPortal": "billingSession { url }",
    "cancelPendingChange": "subscription { id }",
    "deleteOrganization": "deletedOrganizationId",
    "leaveOrganization": "leftOrganizationId",
    "inviteMember": "invitation { id }",
    "declineInvitation": "invitation { id }",
}
_SHOWN_OTHERWISE = "organization { id }"


@dataclass(frozen=True)
class Answer:
    """`code` is None when it was done; else the refusal's, the fault's, or NO_ANSWER."""

    code: str | None
    payload: dict[str, Any] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether what was asked for was done."""
        return self.code is None


@dataclass
class Browser:
    """Asks any of the servers, those that were just killed included."""

    http: httpx.AsyncClient
    urls: tuple[str, ...]
    token_of: Callable[[str], str]
    """The access token of an address."""
    answers: Counter[str] = field(default_factory=Counter)
    """How often each mutation had each outcome."""
    faults: dict[str, str] = field(default_factory=dict)
    """What nobody expects, by what was asked: the whole answer."""

    async def mutate(
        self, name: str, given: dict[str, Any], *, email: str, chance: Random
    ) -> Answer:
        """Do it, sometimes by a double click; click again when it is not clear what came of it."""
        answer = Answer(NO_ANSWER)
        for _ in range(_CLICKS):
            clicks = 2 if chance.random() < _CLICKS_TWICE else 1
            answer, *others = await asyncio.gather(
                *(self._click(name, given, email, chance) for _ in range(clicks))
            )
            answer = next((one for one in others if one.done), answer)
            if answer.code not in _AGAIN or chance.random() < _GIVES_UP:
                break
        return answer

    async def _click(self, name: str, given: dict[str, Any], email: str, chance: Random) -> Answer:
        answer = await self._ask(name, _mutation(name), {"input": given}, email, chance)
        self.answers[f"{name}: {answer.code or 'done'}"] += 1
        return answer

    async def query(
        self, document: str, variables: dict[str, Any], *, email: str, chance: Random
    ) -> dict[str, Any] | None:
        """The data; None without an answer."""
        for _ in range(_CLICKS):
            answer = await self._ask("", document, variables, email, chance)
            if answer.done:
                return answer.payload
        return None

    async def _ask(
        self, name: str, document: str, variables: dict[str, Any], email: str, chance: Random
    ) -> Answer:
        try:
            response = await self.http.post(
                f"{chance.choice(self.urls)}/graphql",
                json={"query": document, "variables": variables},
                headers={"Authorization": f"Bearer {self.token_of(email)}"},
                timeout=_ANSWER_SECONDS,
            )
            body = response.json()
        except (httpx.TransportError, ValueError):
            return Answer(NO_ANSWER)
        return self._read(name, body)

    def _read(self, name: str, body: dict[str, Any]) -> Answer:
        if errors := body.get("errors"):
            code = errors[0]["extensions"]["code"]
            if code not in _EXPECTED_FAULTS:
                self.faults[f"{name or 'a query'}: {code}"] = str(errors)
            return Answer(code)
        payload = body["data"][name] if name else body["data"]
        refusals = payload.get("errors") if name else None
        return Answer(refusals[0]["code"] if refusals else None, payload)


def _mutation(name: str) -> str:
    shown = _SHOWN.get(name, _SHOWN_OTHERWISE)
    kind = f"{name[0].upper()}{name[1:]}Input"
    errors = "errors { ... on Error { code message } }"
    return f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {shown} {errors} }} }}"
