import assert from "node:assert/strict";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import * as documents from "./documents.ts";
import { pay } from "./environment.ts";
import type { OrganizationUpdatedSubscription } from "./generated/graphql.ts";

type Document<Data, Variables> = TypedDocumentNode<Data, Variables>;

/** A GraphQL library, made to look like the others. */
export interface Client {
  execute<Data, Variables extends object>(
    document: Document<Data, Variables>,
    variables: Variables,
  ): Promise<Data>;
  /** Left out by libraries that know no subscriptions. */
  subscribe?<Data, Variables extends object>(
    document: Document<Data, Variables>,
    variables: Variables,
  ): AsyncIterable<Data>;
}

/** What every client has to be able to do: buy a plan, see it become active, read a typed refusal. */
export async function buyAPlan(client: Client, name: string): Promise<string> {
  const organizationId = await createOrganization(client, `${name}-${Date.now().toString(36)}`);
  const active = untilActive(client, organizationId);
  const choice = { organizationId, plan: "PRO", interval: "MONTHLY" } as const;

  const tooFew = await client.execute(documents.selectPlan, { input: { ...choice, seats: 1 } });
  const outOfRange = tooFew.selectPlan.errors?.[0];
  assert.ok(outOfRange?.__typename === "SeatsOutOfRangeError");
  assert.deepEqual([outOfRange.seats, outOfRange.minimum], [1, 2]);

  const selected = await client.execute(documents.selectPlan, { input: { ...choice, seats: 3 } });
  assert.equal(selected.selectPlan.errors, null);
  const session = selected.selectPlan.billingSession;
  assert.equal(session?.status, "OPEN");
  await pay(session?.url ?? "");
  assert.equal(await active, 3);

  const again = await client.execute(documents.selectPlan, { input: { ...choice, seats: 4 } });
  const refusal = again.selectPlan.errors?.[0];
  assert.ok(refusal?.__typename === "AlreadySubscribedError");
  assert.equal(refusal.subscription.seats, 3);

  const { organizationById } = await client.execute(documents.organization, { id: organizationId });
  assert.equal(organizationById?.plan?.code, "PRO");
  assert.equal(organizationById.subscription?.status, "ACTIVE");
  assert.deepEqual(
    [organizationById.seatUsage?.limit, organizationById.seatUsage?.available],
    [3, 2],
  );
  return organizationId;
}

async function createOrganization(client: Client, name: string): Promise<string> {
  const input = { name, displayName: name };
  const { createOrganization } = await client.execute(documents.createOrganization, { input });
  assert.equal(createOrganization.errors, null);
  assert.ok(createOrganization.organization);
  return createOrganization.organization.id;
}

/** The seats, once the subscription is active: pushed, or asked for where nothing can be pushed. */
async function untilActive(client: Client, id: string): Promise<number> {
  const states = client.subscribe
    ? pushed(client.subscribe(documents.organizationUpdated, { id }))
    : asked(client, id);
  for await (const subscription of states) {
    if (subscription?.status === "ACTIVE") return subscription.seats;
  }
  throw new Error("The stream ended before the subscription was active.");
}

async function* pushed(updates: AsyncIterable<OrganizationUpdatedSubscription>) {
  for await (const { organizationUpdated } of updates) {
    yield organizationUpdated.organization.subscription;
  }
}

async function* asked(client: Client, id: string) {
  for (;;) {
    const { organizationById } = await client.execute(documents.organization, { id });
    yield organizationById?.subscription;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
