import { type Client, createClient } from "graphql-sse";

/** Distinct connections: the mode that needs no state in the server. */
export function sseClient(url: string, token: () => string): Client {
  return createClient({
    url,
    headers: () => ({ Authorization: `Bearer ${token()}` }),
  });
}
