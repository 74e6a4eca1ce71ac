import { useState } from "preact/hooks";
import { useChange } from "../../../change.ts";
import { Button } from "../../../components/button.tsx";
import { Choice } from "../../../components/choice.tsx";
import { Banner } from "../../../components/feedback.tsx";
import { graphql } from "../../../graphql.ts";
import type { FramedOrganization } from "../organization.tsx";

const InviteMember = graphql(`
  mutation InviteMember($input: InviteMemberInput!) {
    inviteMember(input: $input) {
      invitation {
        id
        email
      }
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

type Role = "ADMIN" | "COLLABORATOR";

const COLLABORATOR = { value: "COLLABORATOR", label: "Collaborator" } as const;
const ADMIN = { value: "ADMIN", label: "Admin" } as const;

/** Asks for an address and a role, and sends the invitation. Only the owner invites admins. */
export function InviteForm({ organization }: { organization: FramedOrganization }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("COLLABORATOR");
  const [invited, setInvited] = useState<string | null>(null);
  const invitation = useChange(InviteMember);
  const roles =
    organization.viewerMembership.role === "OWNER" ? [COLLABORATOR, ADMIN] : [COLLABORATOR];

  async function invite(event: Event) {
    event.preventDefault();
    setInvited(null);
    const payload = await invitation.run({
      input: { organizationId: organization.id, email, role },
    });
    if (!payload) return;
    setInvited(email);
    setEmail("");
  }

  return (
    <form class="invite" onSubmit={invite}>
      <div class="invite-fields">
        <input
          type="email"
          required
          aria-label="E-mail address to invite"
          placeholder="name@company.com"
          value={email}
          onInput={(event) => setEmail(event.currentTarget.value)}
        />
        {roles.length > 1 && (
          <Choice
            legend="Role"
            name="invite-role"
            value={role}
            options={roles}
            onChange={setRole}
          />
        )}
        <Button type="submit" kind="primary" busy={invitation.busy}>
          Invite
        </Button>
      </div>
      {invitation.problem && <Banner tone="bad" title={invitation.problem} />}
      {invited && <Banner tone="good" title={`An invitation is on its way to ${invited}.`} />}
    </form>
  );
}
