import type { IntrospectionQuery } from "graphql";
import generated from "../generated/introspection.json" with { type: "json" };

/** The schema in the form that caches take; graphql-codegen writes it from `schema.graphql`. */
export const introspection = generated as unknown as IntrospectionQuery;

const { types } = introspection.__schema;

/** Which objects an interface or a union stands for: `... on Error` needs it. */
export const possibleTypes = Object.fromEntries(
  types.flatMap((type) =>
    type.kind === "INTERFACE" || type.kind === "UNION"
      ? [[type.name, type.possibleTypes.map(({ name }) => name)]]
      : [],
  ),
);

/** Objects that are parts of another, such as Money: a cache keeps them with it. */
export const typesWithoutId = types.flatMap((type) =>
  type.kind === "OBJECT" && !type.fields.some(({ name }) => name === "id") ? [type.name] : [],
);
