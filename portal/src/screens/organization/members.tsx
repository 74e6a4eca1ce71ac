import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Empty, Loading, LoadingFailed } from "../../components/feedback.tsx";
import { SeatMeter } from "../../components/seat-meter.tsx";
import { count, formatDay, roleName } from "../../format.ts";
import { graphql, type ResultOf } from "../../graphql.ts";
import type { FramedOrganization } from "./organization.tsx";

const Members = graphql(`
  query Members($name: String!, $search: String, $after: String) {
    organizationByName(name: $name) {
      id
      members(search: $search, first: 20, after: $after) {
        nodes {
          id
          role
          status
          deactivationReason
          joinedAt
          user {
            id
            email
            name
          }
        }
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

const Seats = graphql(`
  query Seats($name: String!) {
    organizationByName(name: $name) {
      id
      seatUsage {
        limit
        occupied
        reserved
        available
        over
      }
    }
  }
`);

type Connection = NonNullable<
  NonNullable<ResultOf<typeof Members>["organizationByName"]>["members"]
>;
type Member = Connection["nodes"][number];

const WHY_DEACTIVATED = {
  SUBSCRIPTION_EXPIRED: "The subscription expired",
  NO_SEAT: "There was no seat left",
  BY_ADMIN: "Deactivated by an admin",
} as const;

function MemberRow({ member }: { member: Member }) {
  const { user, role, status, deactivationReason, joinedAt } = member;
  const label = user.name ?? user.email ?? "Somebody without a name";
  return (
    <li class="row">
      <span class="avatar" aria-hidden="true">
        {label.slice(0, 1).toUpperCase()}
      </span>
      <span class="row-main">
        <strong>{label}</strong>
        {user.name && <span class="soft">{user.email}</span>}
      </span>
      {status === "DEACTIVATED" ? (
        <span class="badge bad">
          {deactivationReason ? WHY_DEACTIVATED[deactivationReason] : "Deactivated"}
        </span>
      ) : (
        <span class="soft row-wide">since {formatDay(joinedAt)}</span>
      )}
      <span class="badge">{roleName(role)}</span>
    </li>
  );
}

interface MembersFromProps {
  name: string;
  search: string;
  after: string | null;
}

/** One page of the list; it asks for the next one when told to. */
function MembersFrom({ name, search, after }: MembersFromProps) {
  const [{ data, error }, again] = useQuery({ query: Members, variables: { name, search, after } });
  const [more, setMore] = useState(false);
  const members = data?.organizationByName?.members;
  if (!members) {
    if (error)
      return (
        <LoadingFailed error={error} onRetry={() => again({ requestPolicy: "network-only" })} />
      );
    return <Loading />;
  }
  if (members.totalCount === 0)
    return <Empty title="Nobody found">No member's name or address has this in it.</Empty>;
  return (
    <>
      {after === null && <p class="soft list-count">{count(members.totalCount, "member")}</p>}
      <ul class="card rows">
        {members.nodes.map((member) => (
          <MemberRow key={member.id} member={member} />
        ))}
      </ul>
      {members.pageInfo.hasNextPage &&
        (more ? (
          <MembersFrom name={name} search={search} after={members.pageInfo.endCursor} />
        ) : (
          <Button onClick={() => setMore(true)}>Show more</Button>
        ))}
    </>
  );
}

/** Who belongs to the organization, with the seats they use. */
export function MembersScreen({ organization }: { organization: FramedOrganization }) {
  const { name } = organization;
  const [search, setSearch] = useState("");
  const [{ data }] = useQuery({ query: Seats, variables: { name } });
  const usage = data?.organizationByName?.seatUsage;
  return (
    <>
      {usage && (
        <section class="card" aria-label="Seats">
          <SeatMeter usage={usage} />
        </section>
      )}
      <input
        type="search"
        class="search"
        aria-label="Search members by name or address"
        placeholder="Search by name or address"
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <MembersFrom key={search} name={name} search={search} after={null} />
    </>
  );
}
