import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { useChange } from "../../../change.ts";
import { Confirm } from "../../../components/confirm.tsx";
import { graphql } from "../../../graphql.ts";
import type { FramedOrganization } from "../organization.tsx";

const Successors = graphql(`
  query Successors($name: String!, $search: String!) {
    organizationByName(name: $name) {
      id
      members(status: ACTIVE, search: $search, first: 20) {
        nodes {
          id
          role
          user {
            name
            email
          }
        }
      }
    }
  }
`);

const TransferOwnership = graphql(`
  mutation TransferOwnership($input: TransferOwnershipInput!) {
    transferOwnership(input: $input) {
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

/** Hands the organization over to another active member, found by name or address. */
export function TransferPart({ organization }: { organization: FramedOrganization }) {
  const [search, setSearch] = useState("");
  const [{ data }] = useQuery({
    query: Successors,
    variables: { name: organization.name, search },
  });
  const transfer = useChange(TransferOwnership);
  const members = data?.organizationByName?.members?.nodes ?? [];
  const successors = members.filter(({ role }) => role !== "OWNER");
  const chosen = successors.find(({ user }) => (user.email ?? user.name) === search);

  async function handOver(): Promise<boolean> {
    return (
      chosen !== undefined && (await transfer.run({ input: { memberId: chosen.id } })) !== null
    );
  }

  return (
    <section class="part">
      <div>
        <h3>Transfer</h3>
        <p class="soft">Another member becomes the owner, and you become an admin.</p>
      </div>
      <input
        list="successors"
        aria-label="The new owner's address"
        placeholder="The new owner's address"
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <datalist id="successors">
        {successors.map(({ id, user }) => (
          <option key={id} value={user.email ?? user.name ?? ""}>
            {user.name}
          </option>
        ))}
      </datalist>
      {chosen && (
        <Confirm
          label="Transfer"
          title={`Make ${chosen.user.name ?? chosen.user.email} the owner?`}
          busy={transfer.busy}
          problem={transfer.problem}
          onConfirm={handOver}
        >
          They decide about {organization.displayName} from then on. Only they can give it back.
        </Confirm>
      )}
    </section>
  );
}
