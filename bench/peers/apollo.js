// Apollo Server, standalone, with DataLoader.
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { contextOf } from "./loaders.js";
import { resolvers, typeDefs } from "./shared.js";

const server = new ApolloServer({
  typeDefs,
  resolvers,
  introspection: false,
  includeStacktraceInErrorResponses: false,
  formatError: (error) =>
    error.extensions?.code === "INTERNAL_SERVER_ERROR" ? { message: "Internal Server Error" } : error,
});
process.on("SIGTERM", () => process.exit(0));
await startStandaloneServer(server, {
  context: ({ req }) => contextOf(req.headers.authorization),
  listen: { host: "127.0.0.1", port: Number(process.env.PORT), path: "/graphql" },
});
