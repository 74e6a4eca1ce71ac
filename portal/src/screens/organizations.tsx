import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { Button } from "../components/button.tsx";
import { Empty, Loading, LoadingFailed } from "../components/feedback.tsx";
import { roleName } from "../format.ts";
import { graphql, type ResultOf } from "../graphql.ts";
import { Page } from "../shell/page.tsx";

const Organizations = graphql(`
  query Organizations($after: String) {
    viewer {
      organizations(first: 20, after: $after) {
        nodes {
          id
          name
          displayName
          viewerMembership {
            role
            status
          }
          plan {
            name
          }
          seatUsage {
            occupied
            limit
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

type Viewer = NonNullable<ResultOf<typeof Organizations>["viewer"]>;
type Organization = NonNullable<Viewer["organizations"]>["nodes"][number];

function OrganizationRow({ organization }: { organization: Organization }) {
  const { name, displayName, viewerMembership, plan, seatUsage } = organization;
  const deactivated = viewerMembership.status === "DEACTIVATED";
  return (
    <li>
      <Link href={`/organizations/${name}`} class="row-link">
        <span class="avatar" aria-hidden="true">
          {displayName.slice(0, 1).toUpperCase()}
        </span>
        <span class="row-main">
          <strong>{displayName}</strong>
          <span class="soft">
            {name} · {roleName(viewerMembership.role)}
          </span>
        </span>
        {deactivated && <span class="badge bad">Deactivated</span>}
        {plan && <span class="badge">{plan.name}</span>}
        {seatUsage && (
          <span class="row-figure">
            {seatUsage.occupied} of {seatUsage.limit} <span class="soft">in use</span>
          </span>
        )}
      </Link>
    </li>
  );
}

/** One page of the list; it asks for the next one when told to. */
function OrganizationsFrom({ after }: { after: string | null }) {
  const [{ data, error, fetching }, again] = useQuery({
    query: Organizations,
    variables: { after },
  });
  const [more, setMore] = useState(false);
  const organizations = data?.viewer?.organizations;
  if (!organizations) {
    if (error)
      return (
        <LoadingFailed error={error} onRetry={() => again({ requestPolicy: "network-only" })} />
      );
    return fetching ? <Loading /> : null;
  }
  const { nodes, pageInfo } = organizations;
  if (nodes.length === 0 && after === null) return <NoOrganizations />;
  return (
    <>
      <ul class="card rows">
        {nodes.map((organization) => (
          <OrganizationRow key={organization.id} organization={organization} />
        ))}
      </ul>
      {pageInfo.hasNextPage &&
        (more ? (
          <OrganizationsFrom after={pageInfo.endCursor} />
        ) : (
          <Button onClick={() => setMore(true)}>Show more</Button>
        ))}
    </>
  );
}

function NoOrganizations() {
  return (
    <Empty
      title="You belong to no organization yet"
      action={
        <Link href="/create" class="button primary">
          Create an organization
        </Link>
      }
    >
      Create one, or ask somebody to invite you to theirs.
    </Empty>
  );
}

/** The organizations that the reader belongs to. */
export function OrganizationsScreen() {
  return (
    <Page
      title="Organizations"
      action={
        <Link href="/create" class="button">
          Create organization
        </Link>
      }
    >
      <OrganizationsFrom after={null} />
    </Page>
  );
}
