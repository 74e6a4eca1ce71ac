import type { Exchange, Operation } from "@urql/core";
import { useSubscription } from "@urql/preact";
import { useEffect, useState } from "preact/hooks";
import { pipe, tap } from "wonka";
import { graphql } from "./graphql.ts";

/**
 * Asks again for everything on the screen after each mutation and each live event. The screens need no rule of
 * their own about what a change may touch: the server knows, and asking is cheap.
 */
export const refreshExchange: Exchange =
  ({ client, forward }) =>
  (operations) => {
    const onScreen = new Map<number, Operation>();
    const watch = (operation: Operation) => {
      if (operation.kind === "query") onScreen.set(operation.key, operation);
      else if (operation.kind === "teardown") onScreen.delete(operation.key);
    };
    const refresh = () => {
      for (const { kind, ...operation } of onScreen.values()) {
        const request = { ...operation, context: undefined };
        client.reexecuteOperation(
          client.createRequestOperation("query", request, { requestPolicy: "network-only" }),
        );
      }
    };
    return pipe(
      operations,
      tap(watch),
      forward,
      tap(({ operation, data }) => {
        if (operation.kind !== "query" && data) refresh();
      }),
    );
  };

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
