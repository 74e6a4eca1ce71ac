import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import type { Client as Socket } from "graphql-ws";
import { introspection, typesWithoutId } from "./schema.ts";

/** Live operations go over `socket`; without one they are server-sent events. */
export function urqlClient(url: string, token: () => string, socket?: Socket): Client {
  const overSocket = subscriptionExchange({
    forwardSubscription: ({ query, variables }) => ({
      subscribe: (sink) => ({
        unsubscribe: socket!.subscribe({ query: query ?? "", variables }, sink as never),
      }),
    }),
  });
  return new Client({
    url,
    fetchOptions: () => ({ headers: { authorization: `Bearer ${token()}` } }),
    preferGetMethod: false,
    fetchSubscriptions: !socket,
    exchanges: [
      // The billing type is called Subscription: without the schema, Graphcache takes it for a root.
      cacheExchange({
        schema: introspection,
        keys: Object.fromEntries(typesWithoutId.map((name) => [name, () => null])),
      }),
      fetchExchange,
      ...(socket ? [overSocket] : []),
    ],
  });
}
