import type { Client, Exchange, Operation } from "@urql/core";
import { useSubscription } from "@urql/preact";
import { useEffect, useState } from "preact/hooks";
import { pipe, tap } from "wonka";
import { graphql } from "./graphql.ts";

interface Refresher {
  exchange: Exchange;
  /** Asks again for everything on the screen. */
  refresh: () => void;
}

/**
 * Asks again for everything on the screen after each mutation, each live event, each new connection and each
 * return to the page. The screens need no rule of their own about what a change may touch: the server knows, and
 * asking is cheap.
 */
export function createRefresher(): Refresher {
  const onScreen = new Map<number, Operation>();
  let client: Client | null = null;

  const watch = (operation: Operation) => {
    if (operation.kind === "query") onScreen.set(operation.key, operation);
    else if (operation.kind === "teardown") onScreen.delete(operation.key);
  };
  const refresh = () => {
    for (const { kind: _, ...operation } of onScreen.values()) {
      const again = { requestPolicy: "network-only" } as const;
      client?.reexecuteOperation(client.createRequestOperation("query", operation, again));
    }
  };
  const exchange: Exchange = (input) => (operations) => {
    client = input.client;
    return pipe(
      operations,
      tap(watch),
      input.forward,
      tap(({ operation, data }) => {
        if (operation.kind !== "query" && data) refresh();
      }),
    );
  };
  return { exchange, refresh };
}

const OrganizationUpdated = graphql(`
  subscription OrganizationUpdated($organizationId: ID!) {
    organizationUpdated(organizationId: $organizationId) {
      changes
    }
  }
`);

/**
 * Keeps the screen up to date with what happens to an organization, for as long as the component is shown.
 * `onEnd` is called when the server ends it: the reader does not belong there any more.
 */
export function useLiveUpdates(organizationId: string, onEnd: () => void): void {
  const [{ fetching }] = useSubscription({
    query: OrganizationUpdated,
    variables: { organizationId },
  });
  const [started, setStarted] = useState(false);
  useEffect(() => {
    if (fetching) setStarted(true);
    else if (started) onEnd();
  }, [fetching]);
}
