import {
  cacheExchange,
  Client,
  type ExecutionResult,
  fetchExchange,
  subscriptionExchange,
} from "@urql/core";
import { createClient as createSocketClient } from "graphql-ws";
import { createRefresher } from "./live.ts";
import { bearing } from "./sign-in/bearer.ts";
import type { SignIn } from "./sign-in/sign-in.ts";

function liveExchange(endpoint: string, signIn: SignIn, onConnected: () => void) {
  const url = new URL(endpoint, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = createSocketClient({
    url: url.href,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    // What happened while nobody listened sends no event any more.
    on: { connected: onConnected },
    connectionParams: async () => ({ Authorization: `Bearer ${await signIn.lastingToken()}` }),
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
export function createClient(endpoint: string, signIn: SignIn): Client {
  const { exchange, refresh } = createRefresher();
  // Who is locked out hears of nothing: what is new is seen when they come back to the page.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") refresh();
  });
  const bearer = {
    token: () => signIn.lastingToken(),
    refused: (token: string) => signIn.refuse(token),
  };
  return new Client({
    url: endpoint,
    preferGetMethod: false,
    requestPolicy: "cache-and-network",
    fetch: bearing(bearer),
    exchanges: [exchange, cacheExchange, fetchExchange, liveExchange(endpoint, signIn, refresh)],
  });
}
