import { useLocation } from "wouter-preact";
import { useChange } from "../../../change.ts";
import { Confirm } from "../../../components/confirm.tsx";
import { graphql } from "../../../graphql.ts";
import type { FramedOrganization } from "../organization.tsx";
import { TransferPart } from "./transfer-part.tsx";

const LeaveOrganization = graphql(`
  mutation LeaveOrganization($input: LeaveOrganizationInput!) {
    leaveOrganization(input: $input) {
      leftOrganizationId
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

const DeleteOrganization = graphql(`
  mutation DeleteOrganization($input: DeleteOrganizationInput!) {
    deleteOrganization(input: $input) {
      deletedOrganizationId
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

function LeavePart({ organization }: { organization: FramedOrganization }) {
  const [, navigate] = useLocation();
  const leaving = useChange(LeaveOrganization);
  const { id, displayName } = organization;

  async function leave(): Promise<boolean> {
    const left = (await leaving.run({ input: { organizationId: id } })) !== null;
    if (left) navigate("~/portal/");
    return left;
  }

  return (
    <section class="part">
      <div>
        <h3>Leave</h3>
        <p class="soft">Your seat is free at once.</p>
      </div>
      <Confirm
        label="Leave"
        title={`Leave ${displayName}?`}
        busy={leaving.busy}
        problem={leaving.problem}
        onConfirm={leave}
      >
        You lose access at once. To come back you have to be invited again.
      </Confirm>
    </section>
  );
}

function DeletePart({ organization }: { organization: FramedOrganization }) {
  const [, navigate] = useLocation();
  const deletion = useChange(DeleteOrganization);
  const { id, name, displayName } = organization;

  async function remove(): Promise<boolean> {
    const deleted = (await deletion.run({ input: { organizationId: id, name } })) !== null;
    if (deleted) navigate("~/portal/");
    return deleted;
  }

  return (
    <section class="part">
      <div>
        <h3>Delete</h3>
        <p class="soft">The subscription ends at once, without a refund. The name stays taken.</p>
      </div>
      <Confirm
        label="Delete"
        title={`Delete ${displayName}?`}
        typed={name}
        busy={deletion.busy}
        problem={deletion.problem}
        onConfirm={remove}
      >
        Everybody loses access at once, and the subscription ends without a refund. This cannot be
        undone.
      </Confirm>
    </section>
  );
}

/** What ends or hands over a membership or the whole organization. */
export function DangerZone({ organization }: { organization: FramedOrganization }) {
  return (
    <section class="card danger-zone" aria-labelledby="danger">
      <h2 id="danger">Danger zone</h2>
      {organization.leave.allowed && <LeavePart organization={organization} />}
      {organization.transfer.allowed && <TransferPart organization={organization} />}
      {organization.delete.allowed && <DeletePart organization={organization} />}
    </section>
  );
}
