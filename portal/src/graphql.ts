import { initGraphQLTada } from "gql.tada";
import type { introspection } from "./schema-types.d.ts";

/** Writes an operation; its type is inferred from `schema.graphql` while you type. */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  disableMasking: true;
  scalars: { DateTime: string; Long: number; URL: string };
}>();

export type { ResultOf, VariablesOf } from "gql.tada";
