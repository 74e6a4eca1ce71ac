// Mercurius on Fastify with its JIT, and with its own loaders, as its documentation recommends.
import Fastify from "fastify";
import mercurius from "mercurius";
import { batches, resolvers, typeDefs, usageOf, viewerOf, isBilling, Forbidden } from "./shared.js";

const app = Fastify();
const { Organization, Member, ...others } = resolvers;

/** A loader gets all objects of one level at once. */
const ids = (queries) => queries.map(({ obj }) => obj.id);
async function usages(queries) {
  const [subscriptions, counts] = await Promise.all([
    batches.subscription(ids(queries)),
    batches.counts(ids(queries)),
  ]);
  return subscriptions.map((subscription, index) => usageOf(subscription, counts[index]));
}

await app.register(mercurius, {
  schema: typeDefs,
  resolvers: {
    ...others,
    Organization: {
      id: Organization.id,
      displayName: Organization.displayName,
      members: Organization.members,
    },
    Member: { id: Member.id, joinedAt: Member.joinedAt },
  },
  loaders: {
    Organization: {
      plan: async (queries) =>
        (await batches.subscription(ids(queries))).map((row) => ({ code: row.plan_code, name: row.plan_name })),
      subscription: async (queries) => {
        const found = await batches.subscription(ids(queries));
        return queries.map(({ obj }, index) => {
          if (!isBilling(obj)) throw new Forbidden("Only owner and admin see it.");
          return found[index];
        });
      },
      seatUsage: usages,
      viewerCan: async (queries) => {
        const found = await usages(queries);
        return queries.map(({ obj }, index) => ({ allowed: isBilling(obj) && found[index].available > 0 }));
      },
    },
    Member: {
      user: (queries) => batches.user(queries.map(({ obj }) => obj.user_id)),
      seat: (queries) => batches.seat(queries.map(({ obj }) => obj)),
    },
  },
  context: async (request) => ({ viewer: await viewerOf(request.headers.authorization) }),
  jit: 1,
  errorFormatter: (execution) => ({
    statusCode: 200,
    response: {
      data: execution.data,
      errors: execution.errors?.map((error) => ({ message: error.extensions ? error.message : "Internal Server Error" })),
    },
  }),
});
process.on("SIGTERM", () => process.exit(0));
await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
