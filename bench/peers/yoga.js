// GraphQL Yoga with graphql-jit by Envelop, and DataLoader. It masks unexpected errors by itself.
import { createServer } from "node:http";
import { useGraphQlJit } from "@envelop/graphql-jit";
import { createSchema, createYoga } from "graphql-yoga";
import { contextOf } from "./loaders.js";
import { resolvers, typeDefs } from "./shared.js";

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  plugins: [useGraphQlJit()],
  context: ({ request }) => contextOf(request.headers.get("authorization")),
  logging: false,
});
const server = createServer(yoga);
process.on("SIGTERM", () => process.exit(0));
server.listen(Number(process.env.PORT), "127.0.0.1");
