"""Changing an organization, over HTTP, and what Stripe's customer gets of it."""

from typing import Any

import pytest

from db.enums import BillingInterval
from services.actors import Actor
from services.global_ids import encode
from services.plan_choices import PlanChoice
from tests.stack import ServedStack

UPDATE = """
    mutation ($input: UpdateOrganizationInput!) {
      updateOrganization(input: $input) {
        organization { displayName billingEmail }
        errors { __typename ... on Error { code message } }
      }
    }
"""


class Updating:
    """An organization that Stripe knows."""

    def __init__(self, served: ServedStack, organization: str) -> None:
        self.served = served
        self.organization = organization

    async def update(self, **changes: Any) -> dict[str, Any]:
        answer = await self.served.graphql(
            UPDATE,
            email="owner@example.com",
            input={"organizationId": self.organization, **changes},
        )
        payload: dict[str, Any] = answer["data"]["updateOrganization"]
        return payload

    async def customer(self) -> tuple[str, str | None]:
        """Name and address, as Stripe has them."""
        await self.served.settled()
        listed = await self.served.stripe("GET", "/v1/customers")
        [customer] = listed["data"]
        return customer["name"], customer["email"]


@pytest.fixture
async def updating(served: ServedStack) -> Updating:
    owner = await served.user("owner")
    organization = await served.organization(owner)
    await served.services.billing.select_plan(
        organization,
        PlanChoice("PRO", BillingInterval.MONTHLY, 5, None, None),
        viewer=owner,
        actor=Actor.user(owner.id),
    )
    return Updating(served, encode("Organization", organization))


async def test_null_clears_the_billing_address_and_what_is_left_out_stays(
    updating: Updating,
) -> None:
    assert await updating.customer() == ("Acme", "owner@example.com")
    changed = await updating.update(displayName="Ümlaut", billingEmail=" Bills@Example.com ")
    assert changed["organization"] == {"displayName": "Ümlaut", "billingEmail": "Bills@example.com"}
    renamed = await updating.update(displayName="Acme")
    assert renamed["organization"] == {"displayName": "Acme", "billingEmail": "Bills@example.com"}
    assert await updating.customer() == ("Acme", "Bills@example.com")
    cleared = await updating.update(billingEmail=None)
    assert cleared["organization"] == {"displayName": "Acme", "billingEmail": None}
    assert await updating.customer() == ("Acme", None)


async def test_what_is_no_address_is_refused(updating: Updating) -> None:
    for address in ("", "  ", "nobody", "a@b@c", "a@example.com\nBcc: b@example.com"):
        payload = await updating.update(billingEmail=address)
        assert payload["organization"] is None
        assert [one["__typename"] for one in payload["errors"]] == ["InvalidInputError"], address
    assert (await updating.customer())[1] == "owner@example.com"


async def test_a_display_name_is_one_line_that_can_be_seen(updating: Updating) -> None:
    for name in ("a\nb", "a\0b", "\u202eemcA", "\u2066Acme", "\u200b", "a\u2028b", "\u0301"):
        payload = await updating.update(displayName=name)
        assert [one["__typename"] for one in payload["errors"]] == ["InvalidInputError"], name
    for name in ("Ärzte & Söhne", "شركة", "日本 株式会社", "👩\u200d🔬 Labs", "न\u200d\u094dय"):
        assert (await updating.update(displayName=name))["organization"]["displayName"] == name
