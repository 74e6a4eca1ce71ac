"""Changing and paying over GraphQL: the whole way, through the served app, worker and webhooks."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from db.enums import MemberRole
from services.global_ids import decode_as
from tests.stack import ServedStack

OWNER = "owner@example.com"
SUBSCRIPTION = """
    subscription {
      status seats endsAt plan { code }
      pendingChange { kind seats plan { code } effectiveAt expiresAt payUrl }
      nextPayment { at amount { amount currency formatted } }
      paymentMethod { brand last4 expMonth expYear }
      paymentIssue { message payUrl since }
      invoices(first: 2) {
        totalCount pageInfo { hasNextPage endCursor }
        nodes {
          id number status amount { amount } tax { amount } hostedUrl pdfUrl
          lines { description amount { amount } periodStart periodEnd proration }
        }
      }
    }
"""
ERRORS = "errors { __typename ... on Error { message code } }"
CHANGE = f"""
    mutation Change($input: ChangePlanInput!) {{
      changePlan(input: $input) {{
        {SUBSCRIPTION}
        billingSession {{ kind status url expiresAt }}
        replacedChange {{ kind seats }}
        {ERRORS}
      }}
    }}
"""
LOOK = f"""
    query Look($id: ID!) {{
      organizationById(id: $id) {{
        {SUBSCRIPTION}
        upcomingEvents {{ kind at invitation {{ id }} }}
        viewerCan(action: CHANGE_PLAN) {{ allowed reason }}
        portal: viewerCan(action: OPEN_BILLING_PORTAL) {{ allowed reason }}
      }}
    }}
"""


async def run(served: ServedStack, document: str, **variables: Any) -> Any:
    answer = await served.graphql(document, email=OWNER, **variables)
    assert "errors" not in answer, answer
    return answer["data"]


async def buy(served: ServedStack, *, seats: int = 5) -> str:
    made = await run(
        served,
        """mutation { createOrganization(input: { name: "acme", displayName: "Acme" }) {
             organization { id } } }""",
    )
    organization_id = made["createOrganization"]["organization"]["id"]
    choice = {"organizationId": organization_id, "plan": "PRO", "interval": "MONTHLY"}
    await run(
        served,
        """mutation Buy($input: SelectPlanInput!) {
             selectPlan(input: $input) { billingSession { id } } }""",
        input=choice | {"seats": seats},
    )
    [session] = (await served.stripe("GET", "/v1/checkout/sessions"))["data"]
    await served.sandbox.pay(session["id"], card="4242424242424242")
    await served.settled()
    return str(organization_id)


async def change(served: ServedStack, organization_id: str, **wanted: Any) -> Any:
    done = await run(served, CHANGE, input={"organizationId": organization_id, **wanted})
    return done["changePlan"]


async def look(served: ServedStack, organization_id: str) -> Any:
    return (await run(served, LOOK, id=organization_id))["organizationById"]


async def test_naming_nobody_is_not_leaving_it_open(served: ServedStack) -> None:
    """Seats below what is in use want to be meant; who keeps one is then decided by an order."""
    acme = await buy(served, seats=3)
    organization_id = decode_as("Organization", acme)
    assert isinstance(organization_id, UUID)
    for name in ("ann", "bob"):
        await served.join(organization_id, name, MemberRole.COLLABORATOR)
    key = "reduce"
    refused = await change(served, acme, seats=2, idempotencyKey=key)
    assert [error["code"] for error in refused["errors"]] == ["SEATS_BELOW_USAGE"]
    done = await change(served, acme, seats=2, keepMemberIds=[], idempotencyKey=key)
    assert done["errors"] is None
    assert done["subscription"]["pendingChange"]["seats"] == 2
    reused = await change(served, acme, seats=2, idempotencyKey=key)
    assert [error["code"] for error in reused["errors"]] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_a_quoted_change_from_end_to_end(served: ServedStack) -> None:
    acme = await buy(served)
    quoted = await run(
        served,
        f"""mutation Quote($input: QuoteChangeInput!) {{
              quoteChange(input: $input) {{
                quote {{
                  id timing seats dueNow {{ amount formatted }} lines {{ amount {{ amount }} }}
                  nextInvoiceAt nextInvoiceTotal {{ amount }} losingSeat {{ id }} expiresAt
                }}
                {ERRORS}
              }}
            }}""",
        input={"organizationId": acme, "seats": 8},
    )
    quote = quoted["quoteChange"]["quote"]
    assert quoted["quoteChange"]["errors"] is None
    assert (quote["timing"], quote["nextInvoiceTotal"]["amount"]) == ("NOW", 20_000)
    assert quote["dueNow"]["amount"] == sum(one["amount"]["amount"] for one in quote["lines"])

    done = await change(served, acme, quoteId=quote["id"])
    assert (done["errors"], done["billingSession"]) == (None, None)
    newest = done["subscription"]["invoices"]["nodes"][0]
    assert newest["amount"]["amount"] == quote["dueNow"]["amount"]
    assert newest["hostedUrl"]
    assert newest["pdfUrl"]
    assert done["subscription"]["paymentMethod"]["last4"] == "4242"

    found = await run(
        served,
        "query Node($id: ID!) { node(id: $id) { ... on Invoice { number } } }",
        id=newest["id"],
    )
    assert found["node"]["number"] == newest["number"]


async def test_3d_secure_lands_by_webhook(served: ServedStack) -> None:
    acme = await buy(served)
    [found] = (await served.stripe("GET", "/v1/subscriptions"))["data"]
    customer = {"customer": found["customer"]}
    path = "/v1/payment_methods/pm_card_authenticationRequired/attach"
    asks = await served.stripe("POST", path, **customer)
    path = f"/v1/subscriptions/{found['id']}"
    await served.stripe("POST", path, default_payment_method=asks["id"])

    done = await change(served, acme, seats=9)
    assert done["errors"] is None
    assert (done["billingSession"]["kind"], done["billingSession"]["status"]) == ("PAYMENT", "OPEN")
    assert done["subscription"]["seats"] == 5
    assert done["subscription"]["pendingChange"]["kind"] == "AWAITING_PAYMENT"

    visa = await served.stripe("POST", "/v1/payment_methods/pm_card_visa/attach", **customer)
    [owed] = (await served.stripe("GET", "/v1/invoices?status=open"))["data"]
    pay = f"/v1/invoices/{owed['id']}/pay"
    await served.stripe("POST", pay, payment_method=visa["id"])
    await served.settled()
    subscription = (await look(served, acme))["subscription"]
    assert (subscription["seats"], subscription["pendingChange"]) == (9, None)


async def test_a_reduction_is_planned_seen_and_takes_effect_by_webhook(served: ServedStack) -> None:
    acme = await buy(served)
    done = await change(served, acme, seats=3)
    assert done["subscription"]["pendingChange"]["kind"] == "SCHEDULED"
    again = await change(served, acme, seats=4)
    assert again["replacedChange"] == {"kind": "SCHEDULED", "seats": 3}
    seen = await look(served, acme)
    assert [one["kind"] for one in seen["upcomingEvents"]] == ["CHANGE", "RENEWAL"]

    await served.sandbox.advance_clock(timedelta(days=32))
    await served.settled()
    seen = await look(served, acme)
    assert (seen["subscription"]["seats"], seen["subscription"]["pendingChange"]) == (4, None)
    [at_stripe] = (await served.stripe("GET", "/v1/subscriptions"))["data"]
    assert at_stripe["schedule"] is None, "the job has released it"


async def test_a_payload_tells_what_changed_along(served: ServedStack) -> None:
    acme = await buy(served)
    await change(served, acme, seats=3)
    call_off = """mutation CallOff($id: ID!) { cancelPendingChange(input: { organizationId: $id }) {
                    organization { upcomingEvents { kind } } } }"""
    done = await run(served, call_off, id=acme)
    told = done["cancelPendingChange"]["organization"]["upcomingEvents"]
    assert told == [{"kind": "RENEWAL"}]

    visit = """mutation Visit($id: ID!) { openBillingPortal(input: { organizationId: $id }) {
                 organization { billingSessions { nodes { kind status } } } } }"""
    done = await run(served, visit, id=acme)
    assert done["openBillingPortal"]["organization"]["billingSessions"]["nodes"] == [
        {"kind": "PORTAL", "status": "OPEN"},
        {"kind": "CHECKOUT", "status": "COMPLETED"},
    ]


async def test_refusals_are_data_and_tell_what_helps(served: ServedStack) -> None:
    acme = await buy(served)
    refused = await change(served, acme, seats=5)
    assert refused["subscription"] is None
    assert [one["__typename"] for one in refused["errors"]] == ["NothingToChangeError"]
    cancel = f"""mutation Cancel($input: CancelSubscriptionInput!) {{
                   cancelSubscription(input: $input) {{ subscription {{ endsAt }} {ERRORS} }} }}"""
    done = await run(served, cancel, input={"organizationId": acme, "feedback": "UNUSED"})
    assert done["cancelSubscription"]["subscription"]["endsAt"]
    refused = await change(served, acme, seats=8)
    assert refused["errors"][0]["code"] == "CANCELLATION_SCHEDULED"
    seen = await look(served, acme)
    assert seen["viewerCan"] == {"allowed": False, "reason": "CANCELLATION_SCHEDULED"}
    assert seen["portal"] == {"allowed": True, "reason": None}


async def test_reads_go_on_while_stripe_is_down(served: ServedStack) -> None:
    acme = await buy(served)
    await served.fail({"route": "*", "effect": "error", "status": 503, "count": 1_000})
    subscription = (await look(served, acme))["subscription"]
    assert subscription["invoices"]["totalCount"] == 1
    assert subscription["nextPayment"]["amount"]["amount"] == 12_500
    refused = await change(served, acme, seats=8)
    assert refused["errors"][0]["code"] == "BILLING_UNAVAILABLE"
