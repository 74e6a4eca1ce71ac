"""`billingHealth` is read from what was written down, for many organizations at once."""

from tests.schema.statements import counted_statements
from tests.services.reconciling import reconcile, subscribed
from tests.stack import ServedStack

HEALTH = """{ viewer { organizations(first: 50) { nodes { name billingHealth {
    webhookLagSeconds lastWebhookAt lastSyncedAt lastReconciledAt
    findings { kind subject openedAt resolution } drifts { fields repairedAt } } } } } }"""


async def test_it_tells_what_happened_in_a_fixed_number_of_statements(served: ServedStack) -> None:
    payer = await subscribed(served)
    await served.settled()
    email = payer.owner.email
    before = (await served.graphql(HEALTH, email=email))["data"]["viewer"]["organizations"]
    [shown] = [one["billingHealth"] for one in before["nodes"]]
    assert shown["lastWebhookAt"] is not None
    assert shown["webhookLagSeconds"] >= 0
    assert (shown["lastReconciledAt"], shown["findings"], shown["drifts"]) == (None, [], [])
    await reconcile(served)
    with counted_statements() as of_one:
        answer = await served.graphql(HEALTH, email=email)
    [shown] = [one["billingHealth"] for one in answer["data"]["viewer"]["organizations"]["nodes"]]
    assert shown["lastReconciledAt"] is not None
    for name in ("bcme", "ccme"):
        await served.organization(payer.owner, name)
    with counted_statements() as of_three:
        answer = await served.graphql(HEALTH, email=email)
    assert len(answer["data"]["viewer"]["organizations"]["nodes"]) == 3
    assert len(of_three) == len(of_one)
