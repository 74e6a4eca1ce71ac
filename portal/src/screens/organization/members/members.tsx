import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { SeatMeter } from "../../../components/seat-meter.tsx";
import { graphql } from "../../../graphql.ts";
import type { FramedOrganization } from "../organization.tsx";
import { InvitationList } from "./invitation-list.tsx";
import { InviteForm } from "./invite-form.tsx";
import { MemberList } from "./member-list.tsx";

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

/** Who belongs to the organization, who is invited, and the seats they use. */
export function MembersScreen({ organization }: { organization: FramedOrganization }) {
  const { name, viewInvitations } = organization;
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
      {viewInvitations.allowed && (
        <>
          <InviteForm organization={organization} />
          <InvitationList name={name} />
        </>
      )}
      <input
        type="search"
        class="search"
        aria-label="Search members by name or address"
        placeholder="Search by name or address"
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <MemberList key={search} organization={organization} search={search} />
    </>
  );
}
