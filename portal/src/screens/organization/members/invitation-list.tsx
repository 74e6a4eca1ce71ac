import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { useChange } from "../../../change.ts";
import { Button } from "../../../components/button.tsx";
import { Banner } from "../../../components/feedback.tsx";
import { formatDay, roleName } from "../../../format.ts";
import { graphql, type ResultOf } from "../../../graphql.ts";

const OpenInvitations = graphql(`
  query OpenInvitations($name: String!, $after: String) {
    organizationByName(name: $name) {
      id
      invitations(status: PENDING, first: 20, after: $after) {
        nodes {
          id
          email
          role
          expiresAt
          deliveryFailure
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

const ResendInvitation = graphql(`
  mutation ResendInvitation($input: ResendInvitationInput!) {
    resendInvitation(input: $input) {
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

const CancelInvitation = graphql(`
  mutation CancelInvitation($input: CancelInvitationInput!) {
    cancelInvitation(input: $input) {
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

type Frame = NonNullable<ResultOf<typeof OpenInvitations>["organizationByName"]>;
type Invitation = NonNullable<Frame["invitations"]>["nodes"][number];

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const { id, email, role, expiresAt, deliveryFailure } = invitation;
  const [sent, setSent] = useState(false);
  const resending = useChange(ResendInvitation);
  const cancelling = useChange(CancelInvitation);
  const input = { invitationId: id };
  const problem = resending.problem ?? cancelling.problem;

  return (
    <li class="row">
      <span class="row-main">
        <strong>{email}</strong>
        <span class="soft">
          {sent && !deliveryFailure ? "Sent again" : `open until ${formatDay(expiresAt)}`}
        </span>
      </span>
      <span class="badge">{roleName(role)}</span>
      <Button
        aria-label={`Resend the invitation to ${email}`}
        busy={resending.busy}
        onClick={async () => setSent((await resending.run({ input })) !== null)}
      >
        Resend
      </Button>
      <Button
        aria-label={`Cancel the invitation to ${email}`}
        busy={cancelling.busy}
        onClick={() => cancelling.run({ input })}
      >
        Cancel
      </Button>
      {deliveryFailure && (
        <Banner tone="bad" title={`The mail to ${email} did not arrive: ${deliveryFailure}`} />
      )}
      {problem && <Banner tone="bad" title={problem} />}
    </li>
  );
}

/** The open invitations, each of which keeps a seat. Nothing is shown while there are none. */
export function InvitationList({ name, after = null }: { name: string; after?: string | null }) {
  const [{ data }] = useQuery({ query: OpenInvitations, variables: { name, after } });
  const [more, setMore] = useState(false);
  const invitations = data?.organizationByName?.invitations;
  if (!invitations || invitations.nodes.length === 0) return null;
  return (
    <section aria-label="Open invitations">
      {after === null && <h2 class="list-head">Open invitations</h2>}
      <ul class="card rows">
        {invitations.nodes.map((invitation) => (
          <InvitationRow key={invitation.id} invitation={invitation} />
        ))}
      </ul>
      {invitations.pageInfo.hasNextPage &&
        (more ? (
          <InvitationList name={name} after={invitations.pageInfo.endCursor} />
        ) : (
          <Button onClick={() => setMore(true)}>Show more</Button>
        ))}
    </section>
  );
}
