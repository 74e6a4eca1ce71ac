// What relay-compiler made is run, and its types are what the schema promises.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fetchQuery, requestSubscription } from "relay-runtime";
import { token, url } from "./environment.ts";
import planQuery, { type PlanQuery } from "./generated/relay/PlanQuery.graphql.ts";
import seatsSubscription, {
  type SeatsSubscription,
} from "./generated/relay/SeatsSubscription.graphql.ts";
import * as documents from "./documents.ts";
import { requestClient } from "./setup/graphql-request.ts";
import { socketClient } from "./setup/graphql-ws.ts";
import { relayEnvironment } from "./setup/relay.ts";

type Organization = NonNullable<PlanQuery["response"]["organizationByName"]>;
type IsNullable<Value> = null extends Value ? true : false;

// The compiler checks these lines: what may be null only with an error is not nullable.
const planIsNullable: IsNullable<Organization["plan"]> = false;
const membersAreNullable: IsNullable<Organization["members"]> = false;
const subscriptionIsNullable: IsNullable<Organization["subscription"]> = true;

test("a field that is null only with an error has a type that is not nullable", async () => {
  assert.deepEqual(
    [planIsNullable, membersAreNullable, subscriptionIsNullable],
    [false, false, true],
  );
  const socket = socketClient(url, token);
  const environment = relayEnvironment(url, token, socket);
  const { organizationByName } =
    (await fetchQuery<PlanQuery>(environment, planQuery, { name: "acme" }).toPromise()) ?? {};
  assert.equal(organizationByName?.plan.code, "FREE");
  assert.equal(organizationByName.members.totalCount, 1);
  assert.equal(organizationByName.subscription, null);
  await socket.dispose();
});

test("an event arrives by the id of its document", async () => {
  const socket = socketClient(url, token);
  const library = requestClient(url, token);
  const { viewer } = await library.request(documents.viewer);
  const id = viewer?.organizations?.nodes.find(({ name }) => name === "acme")?.id ?? "";
  const names: string[] = [];
  const { dispose } = requestSubscription<SeatsSubscription>(relayEnvironment(url, token, socket), {
    subscription: seatsSubscription,
    variables: { id },
    onNext: (event) => names.push(event?.organizationUpdated.organization.displayName ?? ""),
  });
  const rename = `mutation ($id: ID!, $name: String!) {
    updateOrganization(input: { organizationId: $id, displayName: $name }) { errors { __typename } }
  }`;
  // Nothing says when it is subscribed, so there is more than one event.
  for (let round = 0; names.length === 0; round++) {
    await library.request(rename, { id, name: `Acme ${round}` });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.match(names[0] ?? "", /^Acme \d+$/);
  dispose();
  await library.request(rename, { id, name: "Acme" });
  await socket.dispose();
});
