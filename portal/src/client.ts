import {
  cacheExchange,
  Client,
  type ExecutionResult,
  fetchExchange,
  subscriptionExchange,
} from "@urql/core";
import { createClient as createSocketClient } from "graphql-ws";
import { refreshExchange } from "./live.ts";
import { bearing, type TokenSource } from "./sign-in/bearer.ts";

function liveExchange(endpoint: string, tokenSource: TokenSource) {
  const url = new URL(endpoint, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = createSocketClient({
    url: url.href,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    connectionParams: async () => ({ Authorization: `Bearer ${await tokenSource()}` }),
  });
  return subscriptionExchange({
    forwardSubscription: ({ query = "", variables = {} }) => ({
      subscribe: ({ next, error, complete }) => ({
        unsubscribe: socket.subscribe(
          { query, variables },
          { next: (result) => next(result as ExecutionResult), error, complete },
        ),
      }),
    }),
  });
}

/** The GraphQL client: what it has is shown at once, and asked for again behind it. */
export function createClient(endpoint: string, tokenSource: TokenSource): Client {
  return new Client({
    url: endpoint,
    preferGetMethod: false,
    requestPolicy: "cache-and-network",
    fetch: bearing(tokenSource),
    exchanges: [refreshExchange, cacheExchange, fetchExchange, liveExchange(endpoint, tokenSource)],
  });
}
