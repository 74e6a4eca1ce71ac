import { GraphQLClient } from "graphql-request";

export function requestClient(url: string, token: () => string): GraphQLClient {
  return new GraphQLClient(url, {
    headers: () => ({ authorization: `Bearer ${token()}` }),
  });
}
