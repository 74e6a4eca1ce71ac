// What the Node peers share: tokens, the pool, statements, global ids. Each peer says itself how
// GraphQL gets to them.
import { readFileSync } from "node:fs";
import { createVerifier } from "fast-jwt";
import pg from "pg";

pg.types.setTypeParser(pg.types.builtins.INT8, Number);
export const pool = new pg.Pool({ max: 10 });

const verify = createVerifier({
  key: process.env.OIDC_PUBLIC_KEY,
  algorithms: ["RS256"],
  allowedIss: process.env.OIDC_ISSUER,
  allowedAud: process.env.OIDC_AUDIENCE,
  cache: 10_000,
});
const viewers = new Map();

/** What the token says, once it is verified. */
export const claimsOf = (authorization) => verify((authorization ?? "").replace(/^Bearer /, ""));

/** Who asks: the row of the user whom the token speaks of, remembered as the token is. */
export async function viewerOf(authorization) {
  const { sub } = claimsOf(authorization);
  if (!viewers.has(sub)) {
    const sql = "SELECT id FROM users WHERE issuer = $1 AND subject = $2";
    const [user] = await rows("viewer", sql, [process.env.OIDC_ISSUER, sub]);
    viewers.set(sub, { id: user?.id, issuer: process.env.OIDC_ISSUER });
  }
  return viewers.get(sub);
}

/** The rows of a statement, prepared under its name. */
export async function rows(name, text, values) {
  return (await pool.query({ name, text, values })).rows;
}

export const globalId = (letter, ...ids) =>
  Buffer.from(letter.charCodeAt(0).toString(16) + ids.join("").replaceAll("-", ""), "hex").toString("base64url");

const uuid = (hex) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

export function memberKey(id) {
  const hex = Buffer.from(id, "base64url").toString("hex");
  return [uuid(hex.slice(2, 34)), uuid(hex.slice(34))];
}

export class Forbidden extends Error {
  extensions = { code: "FORBIDDEN" };
}

const VIEWED = `
  SELECT o.id, o.name, o.display_name, m.role, m.status
  FROM organizations o JOIN members m ON m.organization_id = o.id
  WHERE m.user_id = $1 AND m.removed_at IS NULL AND o.deleted_at IS NULL`;

export const organizationByName = async (viewer, name) =>
  (await rows("by-name", `${VIEWED} AND o.name = $2`, [viewer.id, name]))[0] ?? null;

export const organizationsOf = (viewer, first) =>
  rows("of-viewer", `${VIEWED} ORDER BY o.name LIMIT $2`, [viewer.id, first]);

/** For each id its row, or null: what a loader answers. */
async function inOrder(ids, found, key = "organization_id") {
  const byId = new Map((await found).map((row) => [row[key], row]));
  return ids.map((id) => byId.get(id) ?? null);
}

export const batches = {
  subscription: (ids) =>
    inOrder(
      ids,
      rows(
        "subscriptions",
        `SELECT s.*, p.name AS plan_name, p.maximum_seats, r.interval, r.unit_amount, r.currency
         FROM subscriptions s JOIN prices r ON r.id = s.price_id JOIN plans p ON p.code = s.plan_code
         WHERE s.is_current AND s.organization_id = ANY($1)`,
        [ids],
      ),
    ),
  counts: (ids) =>
    inOrder(
      ids,
      rows(
        "counts",
        `SELECT organization_id, count(*) FILTER (WHERE state = 'OCCUPIED') AS occupied,
           count(*) FILTER (WHERE state = 'RESERVED' AND expires_at > now()) AS reserved
         FROM seats WHERE organization_id = ANY($1) AND ended_at IS NULL GROUP BY organization_id`,
        [ids],
      ),
    ),
  user: (ids) =>
    inOrder(ids, rows("users", "SELECT id, name, email FROM users WHERE id = ANY($1)", [ids]), "id"),
  seat: async (members) =>
    inOrder(
      members.map((member) => member.id),
      rows(
        "seats",
        `SELECT organization_id, id, member_id, number, state, began_at FROM seats
         WHERE organization_id = ANY($1) AND member_id = ANY($2) AND ended_at IS NULL`,
        [[...new Set(members.map((member) => member.organization_id))], members.map((member) => member.id)],
      ),
      "member_id",
    ),
};

export const membersOf = (organizationId, first) =>
  rows(
    "members",
    `SELECT organization_id, id, user_id, role, status, joined_at FROM members
     WHERE organization_id = $1 AND removed_at IS NULL ORDER BY joined_at, id LIMIT $2`,
    [organizationId, first],
  );

export const isBilling = (organization) => ["OWNER", "ADMIN"].includes(organization.role);

export function usageOf(subscription, counts) {
  const limit = Math.min(subscription.maximum_seats, subscription.seats);
  const { occupied, reserved } = counts;
  const available = Math.max(0, limit - occupied - reserved);
  return { limit, purchased: subscription.seats, occupied, reserved, available };
}

/** Lock, check, update, audit: one transaction. */
export async function removeMember(viewer, encoded) {
  const [organizationId, memberId] = memberKey(encoded);
  const client = await pool.connect();
  const run = async (name, text, ...values) => (await client.query({ name, text, values })).rows;
  try {
    await client.query("BEGIN");
    await run("lock", "SELECT id FROM organizations WHERE id = $1 AND deleted_at IS NULL FOR UPDATE", organizationId);
    const role = "SELECT id, role FROM members WHERE organization_id = $1 AND removed_at IS NULL";
    const [actor] = await run("actor", `${role} AND user_id = $2`, organizationId, viewer.id);
    const [target] = await run("target", `${role} AND id = $2`, organizationId, memberId);
    if (!actor || !isBilling(actor) || !target || target.role === "OWNER") {
      await client.query("ROLLBACK");
      return { removedMemberId: null, errors: [{ __typename: "MemberNotFoundError" }] };
    }
    await run("remove", "UPDATE members SET removed_at = now() WHERE organization_id = $1 AND id = $2", organizationId, memberId);
    await run(
      "free",
      `UPDATE seats SET ended_at = now(), ended_reason = 'MEMBER_REMOVED'
       WHERE organization_id = $1 AND member_id = $2 AND ended_at IS NULL`,
      organizationId,
      memberId,
    );
    await run(
      "audit",
      `INSERT INTO audit_events (organization_id, id, at, actor_kind, actor_user_id, action,
         target_type, target_id, before)
       VALUES ($1, gen_random_uuid(), now(), 'USER', $2, 'member.removed', 'Member', $3, $4)`,
      organizationId,
      viewer.id,
      memberId,
      JSON.stringify({ role: target.role }),
    );
    await client.query("COMMIT");
    return { removedMemberId: encoded, errors: null };
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

export const typeDefs = readFileSync(new URL("schema.graphql", import.meta.url), "utf8");

/** Resolvers for servers with DataLoader: `context.load.NAME(key)` batches. */
export const resolvers = {
  Query: {
    viewer: (_, __, { viewer }) => viewer,
    organizationByName: (_, { name }, { viewer }) => organizationByName(viewer, name),
  },
  Mutation: { removeMember: (_, { input }, { viewer }) => removeMember(viewer, input.memberId) },
  User: {
    id: (user) => globalId("U", user.id),
    organizations: async (user, { first }) => ({ nodes: await organizationsOf(user, first) }),
  },
  Organization: {
    id: (organization) => globalId("O", organization.id),
    displayName: (organization) => organization.display_name,
    plan: async ({ id }, _, { load }) => {
      const subscription = await load.subscription(id);
      return { code: subscription.plan_code, name: subscription.plan_name };
    },
    subscription: (organization, _, { load }) => {
      if (!isBilling(organization)) throw new Forbidden("Only owner and admin see it.");
      return load.subscription(organization.id);
    },
    seatUsage: async ({ id }, _, { load }) => usageOf(...(await Promise.all([load.subscription(id), load.counts(id)]))),
    viewerCan: async (organization, _, { load }) => {
      const { id } = organization;
      const usage = usageOf(...(await Promise.all([load.subscription(id), load.counts(id)])));
      return { allowed: isBilling(organization) && usage.available > 0 };
    },
    members: async ({ id }, { first }) => ({ nodes: await membersOf(id, first) }),
  },
  Subscription: {
    currentPeriodEnd: (subscription) => subscription.current_period_end.toISOString(),
    price: (subscription) => ({ unitAmount: { amount: subscription.unit_amount, currency: subscription.currency } }),
  },
  Member: {
    id: (member) => globalId("M", member.organization_id, member.id),
    joinedAt: (member) => member.joined_at.toISOString(),
    user: (member, _, { load }) => load.user(member.user_id),
    seat: (member, _, { load }) => load.seat(member),
  },
  Seat: {
    id: (seat) => globalId("S", seat.organization_id, seat.id),
    since: (seat) => seat.began_at.toISOString(),
  },
};
