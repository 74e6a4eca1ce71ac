import { useState } from "preact/hooks";
import { Button } from "../../../components/button.tsx";
import { formatDay, roleName } from "../../../format.ts";
import type { FramedOrganization } from "../organization.tsx";
import { ManageMember } from "./manage-member.tsx";
import { type Member, memberName } from "./member.ts";

const WHY_DEACTIVATED = {
  SUBSCRIPTION_EXPIRED: "The subscription expired",
  NO_SEAT: "There was no seat left",
  BY_ADMIN: "Deactivated by an admin",
} as const;

/** Whether the viewer can act on a member at all: not on themselves or the owner, and on an admin as the owner only. */
function isManageable({ viewerMembership, remove }: FramedOrganization, member: Member): boolean {
  if (!remove.allowed || member.role === "OWNER" || member.id === viewerMembership.id) return false;
  return member.role !== "ADMIN" || viewerMembership.role === "OWNER";
}

/** One member in the list: who, since when, as what, and the button that manages them. */
export function MemberRow({
  organization,
  member,
}: {
  organization: FramedOrganization;
  member: Member;
}) {
  const [managing, setManaging] = useState(false);
  const { user, role, status, deactivationReason, joinedAt } = member;
  const name = memberName(member);
  return (
    <li class="row">
      <span class="avatar" aria-hidden="true">
        {name.slice(0, 1).toUpperCase()}
      </span>
      <span class="row-main">
        <strong>{name}</strong>
        {user.name && <span class="soft">{user.email}</span>}
      </span>
      {status === "DEACTIVATED" ? (
        <span class="badge bad">
          {deactivationReason ? WHY_DEACTIVATED[deactivationReason] : "Deactivated"}
        </span>
      ) : (
        <span class="soft">since {formatDay(joinedAt)}</span>
      )}
      <span class="badge">{roleName(role)}</span>
      {isManageable(organization, member) && (
        <Button aria-label={`Manage ${name}`} onClick={() => setManaging(true)}>
          Manage
        </Button>
      )}
      {managing && (
        <ManageMember
          organization={organization}
          member={member}
          onClose={() => setManaging(false)}
        />
      )}
    </li>
  );
}
