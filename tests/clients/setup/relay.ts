import {
  Environment,
  type FetchFunction,
  Network,
  Observable,
  RecordSource,
  Store,
  type SubscribeFunction,
} from "relay-runtime";
import type { Client } from "graphql-ws";

/** Documents are asked for by the id that relay-compiler gave them: see `persistConfig`. */
export function relayEnvironment(url: string, token: () => string, socket: Client): Environment {
  const fetchOperation: FetchFunction = async ({ id }, variables) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${token()}`, "content-type": "application/json" },
      body: JSON.stringify({ doc_id: id, variables }),
    });
    return response.json();
  };
  const subscribe: SubscribeFunction = ({ id }, variables) =>
    Observable.create((sink) =>
      socket.subscribe({ query: "", id, variables } as never, sink as never),
    );
  return new Environment({
    network: Network.create(fetchOperation, subscribe),
    store: new Store(new RecordSource()),
  });
}
