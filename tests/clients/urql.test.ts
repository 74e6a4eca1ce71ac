import assert from "node:assert/strict";
import { test } from "node:test";
import { Client as Urql, type Exchange, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { OperationTypeNode } from "graphql";
import * as documents from "./documents.ts";
import { authorization, token, url } from "./environment.ts";
import { eventsOf } from "./events.ts";
import { socketClient } from "./setup/graphql-ws.ts";
import { urqlClient } from "./setup/urql.ts";
import { type Client, wholeStory } from "./story.ts";

function urqlWith(exchanges: Exchange[], options: object = {}): Urql {
  const fetchOptions = { headers: { authorization } };
  return new Urql({ url, fetchOptions, preferGetMethod: false, exchanges, ...options });
}

function clientOf(urql: Urql): Client {
  return {
    async execute(document, variables) {
      const isMutation = document.definitions.some(
        (node) => "operation" in node && node.operation === OperationTypeNode.MUTATION,
      );
      const { data, error } = isMutation
        ? await urql.mutation(document, variables as never).toPromise()
        : await urql.query(document, variables as never, { requestPolicy: "network-only" });
      if (error) throw error;
      return data as never;
    },
    subscribe(document, variables) {
      return eventsOf((sink) => {
        const results = urql.subscription(document, variables as never);
        const { unsubscribe } = results.subscribe(({ data, error }) =>
          error ? sink.error(error) : sink.next(data as never),
        );
        return unsubscribe;
      });
    },
  };
}

test("the whole story, with events as server-sent events", async () => {
  await wholeStory(clientOf(urqlClient(url, token)), "urql");
});

test("the whole story, with events over WebSocket", async () => {
  const socket = socketClient(url, token);
  await wholeStory(clientOf(urqlClient(url, token, socket)), "urql-ws");
  await socket.dispose();
});

test("deferred parts arrive one after the other", async () => {
  const urql = urqlClient(url, token);
  const { viewer } = await clientOf(urql).execute(documents.viewer, {});
  const id = viewer?.organizations?.nodes[0]?.id ?? "";
  const results = eventsOf<{ members: boolean; hasNext: boolean }>((sink) => {
    const { unsubscribe } = urql
      .query(documents.deferredOrganization, { id })
      .subscribe(({ data, hasNext, error }) => {
        if (error) sink.error(error);
        sink.next({ members: Boolean(data?.organizationById?.members), hasNext });
        if (!hasNext) sink.complete();
      });
    return unsubscribe;
  });
  const seen = [];
  for await (const result of results) seen.push(result);
  assert.deepEqual(seen, [
    { members: false, hasNext: true },
    { members: true, hasNext: false },
  ]);
});

test("a query is registered by its hash, and asked for by it with GET", async () => {
  const methods: string[] = [];
  const recorded: typeof fetch = (input, init) => {
    methods.push(init?.method ?? "GET");
    return fetch(input, init);
  };
  const persisted = persistedExchange({ preferGetForPersistedQueries: true });
  const client = clientOf(urqlWith([persisted, fetchExchange], { fetch: recorded }));
  for (let round = 0; round < 2; round++) {
    const { viewer } = await client.execute(documents.viewer, {});
    assert.equal(viewer?.email, "owner@acme.test");
  }
  assert.equal(methods.at(-1), "GET");
});
