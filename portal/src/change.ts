import type { AnyVariables, TypedDocumentNode } from "@urql/core";
import { useMutation } from "@urql/preact";
import { useState } from "preact/hooks";
import { inWords } from "./components/feedback.tsx";

/** What every mutation answers: what it made, and why it did not. */
interface Payload {
  errors: readonly { message: string }[] | null;
}

type PayloadOf<Data> = NonNullable<Data[keyof Data]>;

/**
 * A mutation with its refusals. `run` gives the payload, or null when the change was refused or failed; then
 * `problem` says why, in words for the reader.
 */
export function useChange<
  Data extends Record<keyof Data, Payload | null>,
  Variables extends AnyVariables,
>(document: TypedDocumentNode<Data, Variables>) {
  const [{ fetching }, execute] = useMutation(document);
  const [problem, setProblem] = useState<string | null>(null);

  async function run(variables: Variables): Promise<PayloadOf<Data> | null> {
    setProblem(null);
    const { data, error } = await execute(variables);
    const payload = data && (Object.values(data)[0] as PayloadOf<Data> | null);
    const refusals = payload?.errors?.map(({ message }) => message) ?? [];
    if (payload && refusals.length === 0) return payload;
    setProblem(refusals.join(" ") || (error ? inWords(error) : "Seatwise gave no answer."));
    return null;
  }

  return { run, problem, busy: fetching };
}
