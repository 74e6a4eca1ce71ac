import { useState } from "preact/hooks";
import { useChange } from "../../../change.ts";
import { Button } from "../../../components/button.tsx";
import { Choice } from "../../../components/choice.tsx";
import { Confirm } from "../../../components/confirm.tsx";
import { Dialog } from "../../../components/dialog.tsx";
import { Banner } from "../../../components/feedback.tsx";
import { graphql } from "../../../graphql.ts";
import type { FramedOrganization } from "../organization.tsx";
import { type Member, memberName } from "./member.ts";

const ChangeMemberRole = graphql(`
  mutation ChangeMemberRole($input: ChangeMemberRoleInput!) {
    changeMemberRole(input: $input) {
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

const DeactivateMember = graphql(`
  mutation DeactivateMember($input: DeactivateMemberInput!) {
    deactivateMember(input: $input) {
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

const ReactivateMember = graphql(`
  mutation ReactivateMember($input: ReactivateMemberInput!) {
    reactivateMember(input: $input) {
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

const RemoveMember = graphql(`
  mutation RemoveMember($input: RemoveMemberInput!) {
    removeMember(input: $input) {
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

const ROLES = [
  { value: "ADMIN", label: "Admin" },
  { value: "COLLABORATOR", label: "Collaborator" },
] as const;

type Role = (typeof ROLES)[number]["value"];

interface PartProps {
  member: Member;
  onDone: () => void;
}

function RolePart({ member, onDone }: PartProps) {
  const [role, setRole] = useState<Role>(member.role === "ADMIN" ? "ADMIN" : "COLLABORATOR");
  const change = useChange(ChangeMemberRole);

  async function save() {
    if (await change.run({ input: { memberId: member.id, role } })) onDone();
  }

  return (
    <section class="part">
      <div>
        <h3>Role</h3>
        <p class="soft">An admin manages the subscription, billing and members.</p>
      </div>
      <Choice legend="Role" name="role" value={role} options={ROLES} onChange={setRole} />
      {role !== member.role && (
        <Button kind="primary" busy={change.busy} onClick={save}>
          Save role
        </Button>
      )}
      {change.problem && <Banner tone="bad" title={change.problem} />}
    </section>
  );
}

function AccessPart({ member, onDone }: PartProps) {
  const deactivation = useChange(DeactivateMember);
  const reactivation = useChange(ReactivateMember);
  const active = member.status === "ACTIVE";
  const change = active ? deactivation : reactivation;

  async function toggle() {
    if (await change.run({ input: { memberId: member.id } })) onDone();
  }

  return (
    <section class="part">
      <div>
        <h3>Access</h3>
        <p class="soft">
          {active
            ? "Deactivated, they are locked out but stay in the list. Their seat is free at once."
            : "Reactivated, they take a free seat and come back with the role they had."}
        </p>
      </div>
      <Button busy={change.busy} onClick={toggle}>
        {active ? "Deactivate" : "Reactivate"}
      </Button>
      {change.problem && <Banner tone="bad" title={change.problem} />}
    </section>
  );
}

function RemovalPart({ member, onDone }: PartProps) {
  const removal = useChange(RemoveMember);
  const name = memberName(member);

  async function remove(): Promise<boolean> {
    const removed = (await removal.run({ input: { memberId: member.id } })) !== null;
    if (removed) onDone();
    return removed;
  }

  return (
    <section class="part">
      <div>
        <h3>Membership</h3>
        <p class="soft">To come back they have to be invited again.</p>
      </div>
      <Confirm
        label="Remove"
        title={`Remove ${name}?`}
        busy={removal.busy}
        problem={removal.problem}
        onConfirm={remove}
      >
        {name} loses access at once, and the seat is free. The number of seats that you pay for
        stays.
      </Confirm>
    </section>
  );
}

interface ManageMemberProps {
  organization: FramedOrganization;
  member: Member;
  onClose: () => void;
}

/** What an owner or admin can do about a member. */
export function ManageMember({ organization, member, onClose }: ManageMemberProps) {
  const changesRole = organization.changeRole.allowed && member.status === "ACTIVE";
  return (
    <Dialog title={memberName(member)} onClose={onClose}>
      {changesRole && <RolePart member={member} onDone={onClose} />}
      <AccessPart member={member} onDone={onClose} />
      <RemovalPart member={member} onDone={onClose} />
      <div class="dialog-end">
        <Button kind="plain" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  );
}
