// Libraries that do one thing: graphql-request, graphql-ws, graphql-sse.
import assert from "node:assert/strict";
import { test } from "node:test";
import { print, type DocumentNode } from "graphql";
import { GraphQLClient } from "graphql-request";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createSocketClient } from "graphql-ws";
import { authorization, socketUrl, url } from "./environment.ts";
import { buyAPlan, type Client } from "./story.ts";

interface Subscriber {
  iterate(request: { query: string; variables: never }): AsyncIterable<{
    data?: unknown;
    errors?: unknown;
  }>;
}

function clientOf(subscriber: Subscriber): Client {
  async function* results(document: DocumentNode, variables: object) {
    const request = { query: print(document), variables: variables as never };
    for await (const { data, errors } of subscriber.iterate(request)) {
      assert.equal(errors, undefined);
      yield data as never;
    }
  }
  return {
    async execute(document, variables) {
      const all = await Array.fromAsync(results(document, variables));
      assert.equal(all.length, 1);
      return all[0] as never;
    },
    subscribe: results,
  };
}

test("graphql-request: a plan is bought", async () => {
  const library = new GraphQLClient(url, { headers: { authorization } });
  const client: Client = {
    execute: (document, variables) => library.request({ document, variables } as never),
  };
  await buyAPlan(client, "graphql-request");
});

test("graphql-ws: a plan is bought", async () => {
  const library = createSocketClient({
    url: socketUrl,
    connectionParams: { Authorization: authorization },
  });
  await buyAPlan(clientOf(library as Subscriber), "graphql-ws");
  await library.dispose();
});

test("graphql-sse: a plan is bought", async () => {
  const library = createSseClient({ url, headers: { Authorization: authorization } });
  await buyAPlan(clientOf(library as Subscriber), "graphql-sse");
  library.dispose();
});
