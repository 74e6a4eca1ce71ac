// Libraries that do one thing: graphql-request, graphql-ws, graphql-sse.
import assert from "node:assert/strict";
import { test } from "node:test";
import { print, type DocumentNode } from "graphql";
import { token, url } from "./environment.ts";
import { requestClient } from "./setup/graphql-request.ts";
import { sseClient } from "./setup/graphql-sse.ts";
import { socketClient } from "./setup/graphql-ws.ts";
import { type Client, wholeStory } from "./story.ts";

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

test("graphql-request: the whole story", async () => {
  const library = requestClient(url, token);
  const client: Client = {
    execute: (document, variables) => library.request({ document, variables } as never),
  };
  await wholeStory(client, "graphql-request");
});

test("graphql-ws: the whole story", async () => {
  const library = socketClient(url, token);
  await wholeStory(clientOf(library as Subscriber), "graphql-ws");
  await library.dispose();
});

test("graphql-sse: the whole story", async () => {
  const library = sseClient(url, token);
  await wholeStory(clientOf(library as Subscriber), "graphql-sse");
  library.dispose();
});
