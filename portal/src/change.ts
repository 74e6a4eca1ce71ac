import type { AnyVariables, TypedDocumentNode } from "@urql/core";
import { useMutation } from "@urql/preact";
import { useState } from "preact/hooks";
import { inWords } from "./components/feedback.tsx";

/** Why something was refused, and what would help where the server knows it. */
interface Refusal {
  message: string;
  resolutions?: readonly { message: string }[];
}

/** What every mutation answers: what it made, and why it did not. */
interface Payload {
  errors: readonly Refusal[] | null;
}

function sentences({ message, resolutions = [] }: Refusal): string {
  return [message, ...resolutions.map((resolution) => resolution.message)].join(" ");
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
    const refusals = payload?.errors?.map(sentences) ?? [];
    if (payload && refusals.length === 0) return payload;
    setProblem(refusals.join(" ") || (error ? inWords(error) : "Seatwise gave no answer."));
    return null;
  }

  return { run, problem, busy: fetching };
}
