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

/** What every client has to be able to do: buy a plan, see it become active, change the seats and
 * see that, and read typed refusals. Whoever asks is signed in. */
export async function wholeStory(client: Client, name: string): Promise<void> {
  const organizationId = await createOrganization(client, `${name}-${Date.now().toString(36)}`);
  const subscription = following(client, organizationId);
  await selectPlan(client, organizationId, subscription);
  await changeSeats(client, organizationId, subscription);
  await subscription.stop();
  await seeTheResult(client, organizationId);
}

async function selectPlan(client: Client, organizationId: string, subscription: Following) {
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
  assert.equal((await subscription.until(({ status }) => status === "ACTIVE")).seats, 3);

  const again = await client.execute(documents.selectPlan, { input: { ...choice, seats: 4 } });
  const refusal = again.selectPlan.errors?.[0];
  assert.ok(refusal?.__typename === "AlreadySubscribedError");
  assert.equal(refusal.subscription.seats, 3);
}

async function changeSeats(client: Client, organizationId: string, subscription: Following) {
  const changed = await client.execute(documents.changePlan, {
    input: { organizationId, seats: 5 },
  });
  assert.equal(changed.changePlan.errors, null);
  await subscription.until(({ seats }) => seats === 5);

  const tooMany = await client.execute(documents.changePlan, {
    input: { organizationId, seats: 100_000 },
  });
  assert.equal(tooMany.changePlan.subscription, null);
  const refusal = tooMany.changePlan.errors?.[0];
  assert.ok(refusal?.__typename === "SeatsOutOfRangeError");
  assert.equal(refusal.code, "SEATS_OUT_OF_RANGE");
  assert.equal(refusal.seats, 100_000);
}

async function seeTheResult(client: Client, id: string) {
  const { organizationById } = await client.execute(documents.organization, { id });
  assert.equal(organizationById?.plan?.code, "PRO");
  assert.equal(organizationById.subscription?.status, "ACTIVE");
  const usage = organizationById.seatUsage;
  assert.deepEqual([usage?.limit, usage?.available], [5, 4]);
}

async function createOrganization(client: Client, name: string): Promise<string> {
  const input = { name, displayName: name };
  const { createOrganization } = await client.execute(documents.createOrganization, { input });
  assert.equal(createOrganization.errors, null);
  assert.ok(createOrganization.organization);
  return createOrganization.organization.id;
}

type Subscription = NonNullable<
  OrganizationUpdatedSubscription["organizationUpdated"]["organization"]["subscription"]
>;

interface Following {
  /** The subscription, once it is so. */
  until(isSo: (subscription: Subscription) => boolean): Promise<Subscription>;
  stop(): Promise<unknown>;
}

/** The subscription as it changes: pushed, or asked for where nothing can be pushed. */
function following(client: Client, id: string): Following {
  const states = client.subscribe
    ? pushed(client.subscribe(documents.organizationUpdated, { id }))
    : asked(client, id);
  const subscribed = [states.next()]; // from now on: what is pushed is kept until it is looked at
  return {
    async until(isSo) {
      for (;;) {
        const { value, done } = await (subscribed.pop() ?? states.next());
        if (done) throw new Error("The stream ended too early.");
        if (value && isSo(value)) return value;
      }
    },
    stop: () => states.return(undefined),
  };
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
