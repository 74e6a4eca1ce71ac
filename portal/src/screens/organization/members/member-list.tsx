import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { Button } from "../../../components/button.tsx";
import { Empty, Loading, LoadingFailed } from "../../../components/feedback.tsx";
import { count } from "../../../format.ts";
import type { FramedOrganization } from "../organization.tsx";
import { Members } from "./member.ts";
import { MemberRow } from "./member-row.tsx";

interface MemberListProps {
  organization: FramedOrganization;
  search: string;
  after?: string | null;
}

/** The members whose name or address has the search in it, page by page. */
export function MemberList({ organization, search, after = null }: MemberListProps) {
  const variables = { name: organization.name, search, after };
  const [{ data, error }, again] = useQuery({ query: Members, variables });
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
          <MemberRow key={member.id} organization={organization} member={member} />
        ))}
      </ul>
      {members.pageInfo.hasNextPage &&
        (more ? (
          <MemberList
            organization={organization}
            search={search}
            after={members.pageInfo.endCursor}
          />
        ) : (
          <Button onClick={() => setMore(true)}>Show more</Button>
        ))}
    </>
  );
}
