import { type Client, createClient } from "graphql-ws";

/** Connects again, with the token of then, when the sign-in has ended (the server closes with 4403). */
export function socketClient(url: string, token: () => string): Client {
  return createClient({
    url: url.replace(/^http/, "ws"),
    connectionParams: () => ({ Authorization: `Bearer ${token()}` }),
  });
}
