import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { Defer20220824Handler } from "@apollo/client/incremental";
import { SetContextLink } from "@apollo/client/link/context";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import type { Client } from "graphql-ws";
import { possibleTypes } from "./schema.ts";

/** Live operations go over `socket`; without one they are multipart responses over HTTP. */
export function apolloClient(url: string, token: () => string, socket?: Client): ApolloClient {
  const authorized = new SetContextLink(({ headers }) => ({
    headers: { ...headers, authorization: `Bearer ${token()}` },
  }));
  const http = authorized.concat(new HttpLink({ uri: url }));
  const link = socket
    ? ApolloLink.split(
        ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
        new GraphQLWsLink(socket),
        http,
      )
    : http;
  return new ApolloClient({
    link,
    cache: new InMemoryCache({ possibleTypes }),
    incrementalHandler: new Defer20220824Handler(), // for @defer
  });
}
