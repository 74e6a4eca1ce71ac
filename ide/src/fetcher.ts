import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";
import { createClient } from "graphql-ws";
import { bearing, type TokenSource } from "../../portal/src/sign-in/bearer.ts";
import type { SignIn } from "../../portal/src/sign-in/sign-in.ts";

/** Sends queries and mutations over HTTP and live operations over graphql-transport-ws, as whoever is signed in. */
export function createFetcher(endpoint: string, signIn: SignIn | null): Fetcher {
  const token: TokenSource = async () => (signIn ? signIn.accessToken() : null);
  const socket = new URL(endpoint, location.href);
  socket.protocol = socket.protocol.replace("http", "ws");
  return createGraphiQLFetcher({
    url: endpoint,
    fetch: bearing({ token, refused: (refused) => signIn?.refuse(refused) }),
    wsClient: createClient({
      url: socket.href,
      connectionParams: async () => {
        const current = await token();
        return current ? { Authorization: `Bearer ${current}` } : {};
      },
    }),
  });
}
