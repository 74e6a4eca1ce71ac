import { useQuery } from "@urql/preact";
import { Loading, LoadingFailed } from "../../../components/feedback.tsx";
import { count } from "../../../format.ts";
import { graphql } from "../../../graphql.ts";
import { memberName } from "../members/member.ts";

const WhoUsesASeat = graphql(`
  query WhoUsesASeat($organizationId: ID!, $after: String) {
    organizationById(id: $organizationId) {
      id
      members(status: ACTIVE, first: 100, after: $after) {
        nodes {
          id
          role
          user {
            id
            email
            name
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

interface ChoiceProps {
  organizationId: string;
  /** How many may be chosen beside the owner, who keeps theirs in any case. */
  most: number;
  kept: ReadonlySet<string>;
  onChange: (kept: ReadonlySet<string>) => void;
}

function Page({ after, ...props }: ChoiceProps & { after: string | null }) {
  const { organizationId, most, kept, onChange } = props;
  const [{ data, error }, again] = useQuery({
    query: WhoUsesASeat,
    variables: { organizationId, after },
  });
  const members = data?.organizationById?.members;
  if (!members) {
    if (error)
      return (
        <LoadingFailed error={error} onRetry={() => again({ requestPolicy: "network-only" })} />
      );
    return <Loading rows={2} />;
  }

  function toggle(id: string) {
    const next = new Set(kept);
    if (!next.delete(id)) next.add(id);
    onChange(next);
  }

  return (
    <>
      {members.nodes.map((member) => {
        const stays = member.role === "OWNER";
        return (
          <label key={member.id}>
            <input
              type="checkbox"
              checked={stays || kept.has(member.id)}
              disabled={stays || (!kept.has(member.id) && kept.size >= most)}
              onChange={() => toggle(member.id)}
            />
            <span>{memberName(member)}</span>
            <span class="soft">{stays ? "Owner" : member.user.email}</span>
          </label>
        );
      })}
      {members.pageInfo.hasNextPage && <Page {...props} after={members.pageInfo.endCursor} />}
    </>
  );
}

interface KeepMembersProps extends Omit<ChoiceProps, "most"> {
  seats: number;
  seatsInUse: number;
}

/** Fewer seats than are in use: who keeps theirs. */
export function KeepMembers({ seats, seatsInUse, ...choice }: KeepMembersProps) {
  return (
    <fieldset class="keep">
      <legend>Who keeps a seat?</legend>
      <p class="soft">
        {count(seatsInUse, "seat is", "seats are")} in use or reserved, and {seats} will be left. Of
        those you do not choose, admins come first, then who joined first. The others can no longer
        use the organization from then on, until you let them in again.
      </p>
      <div class="keep-list">
        <Page {...choice} most={seats - 1} after={null} />
      </div>
    </fieldset>
  );
}
