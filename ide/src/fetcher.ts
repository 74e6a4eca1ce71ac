import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";
import { createClient } from "graphql-ws";

/** Gives the token to send, or null for a reader who is signed out. */
export type TokenSource = () => Promise<string | null>;

function bearing(tokenSource: TokenSource): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    const token = await tokenSource();
    // What the reader wrote in the headers editor wins.
    if (token && !headers.has("authorization")) headers.set("authorization", `Bearer ${token}`);
    return fetch(input, { ...init, headers });
  };
}

/** Sends queries and mutations over HTTP and live operations over graphql-transport-ws, as whoever is signed in. */
export function createFetcher(endpoint: string, tokenSource: TokenSource): Fetcher {
  const socket = new URL(endpoint, location.href);
  socket.protocol = socket.protocol.replace("http", "ws");
  return createGraphiQLFetcher({
    url: endpoint,
    fetch: bearing(tokenSource),
    wsClient: createClient({
      url: socket.href,
      connectionParams: async () => {
        const token = await tokenSource();
        return token ? { Authorization: `Bearer ${token}` } : {};
      },
    }),
  });
}
