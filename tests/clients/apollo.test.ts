import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { ApolloClient, type ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQL17Alpha9Handler } from "@apollo/client/incremental";
import { BatchHttpLink } from "@apollo/client/link/batch-http";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { OperationTypeNode } from "graphql";
import * as documents from "./documents.ts";
import { authorization, token, url } from "./environment.ts";
import { eventsOf } from "./events.ts";
import type { ViewerQuery } from "./generated/graphql.ts";
import { apolloClient } from "./setup/apollo.ts";
import { socketClient } from "./setup/graphql-ws.ts";
import { type Client, wholeStory } from "./story.ts";

type Options = Partial<ApolloClient.Options>;

function apolloWith(link: ApolloLink, options: Options = {}): ApolloClient {
  return new ApolloClient({ link, cache: new InMemoryCache(), ...options });
}

function overHttp(options: HttpLink.Options = {}): HttpLink {
  return new HttpLink({ uri: url, headers: { authorization }, ...options });
}

function clientOf(apollo: ApolloClient): Client {
  return {
    async execute(document, variables) {
      const isMutation = document.definitions.some(
        (node) => "operation" in node && node.operation === OperationTypeNode.MUTATION,
      );
      const { data, error } = isMutation
        ? await apollo.mutate({ mutation: document, variables })
        : await apollo.query({ query: document, variables, fetchPolicy: "network-only" });
      if (error) throw error;
      return data as never;
    },
    subscribe(document, variables) {
      return eventsOf((sink) => {
        const events = apollo.subscribe({ query: document, variables });
        const subscription = events.subscribe({
          next: ({ data, error }) => (error ? sink.error(error) : sink.next(data as never)),
          error: sink.error,
          complete: sink.complete,
        });
        return () => subscription.unsubscribe();
      });
    },
  };
}

test("the whole story, with events as multipart", async () => {
  await wholeStory(clientOf(apolloClient(url, token)), "apollo");
});

test("the whole story, with events over WebSocket", async () => {
  const socket = socketClient(url, token);
  await wholeStory(clientOf(apolloClient(url, token, socket)), "apollo-ws");
  await socket.dispose();
});

test("queries are batched", async () => {
  const requests: unknown[] = [];
  const link = new BatchHttpLink({
    uri: url,
    headers: { authorization },
    fetch: (input, init) => (requests.push(JSON.parse(String(init?.body))), fetch(input, init)),
  });
  const client = clientOf(apolloWith(link));
  const [first, second] = await Promise.all([
    client.execute(documents.viewer, {}),
    client.execute(documents.plans, {}),
  ]);
  assert.equal(first.viewer?.email, "owner@acme.test");
  assert.deepEqual(
    second.plans.map(({ code }) => code),
    ["FREE", "PRO", "BUSINESS"],
  );
  assert.equal(requests.length, 1);
});

for (const useGETForHashedQueries of [false, true]) {
  const method = useGETForHashedQueries ? "GET" : "POST";
  test(`a persisted query is asked for by its hash with ${method}, and sent when unknown`, async () => {
    const calls: string[] = [];
    const recorded: typeof fetch = (input, init) => {
      calls.push(String(init?.body).includes("query Fresh") ? "text" : `hash by ${init?.method}`);
      return fetch(input, init);
    };
    const link = new PersistedQueryLink({
      sha256: (text: string) => createHash("sha256").update(text).digest("hex"),
      useGETForHashedQueries,
    }).concat(overHttp({ fetch: recorded }));
    const query = gql`query Fresh${method} { viewer { email } }`;
    for (let round = 0; round < 2; round++) {
      const { data } = await apolloWith(link).query({ query });
      assert.equal((data as ViewerQuery).viewer?.email, "owner@acme.test");
    }
    assert.deepEqual(calls, [`hash by ${method}`, "text", `hash by ${method}`]);
  });
}

const newerDefer = { incrementalHandler: new GraphQL17Alpha9Handler() as never };

for (const [form, apollo] of [
  ["of 2022", apolloClient(url, token)],
  ["of graphql-js 17", apolloWith(overHttp(), newerDefer)],
] as const) {
  test(`deferred parts arrive in the form ${form}`, async () => {
    const { viewer } = await clientOf(apollo).execute(documents.viewer, {});
    const id = viewer?.organizations?.nodes[0]?.id ?? "";
    const { organizationById } = await clientOf(apollo).execute(documents.deferredOrganization, {
      id,
    });
    assert.equal(organizationById?.members?.nodes[0]?.role, "OWNER");
  });
}
