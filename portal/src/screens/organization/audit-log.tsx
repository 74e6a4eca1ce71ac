import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Loading, LoadingFailed } from "../../components/feedback.tsx";
import { formatMoment } from "../../format.ts";
import { graphql, type ResultOf } from "../../graphql.ts";
import type { FramedOrganization } from "./organization.tsx";

const AuditLog = graphql(`
  query AuditLog($name: String!, $after: String) {
    organizationByName(name: $name) {
      id
      auditLog(first: 20, after: $after) {
        nodes {
          id
          at
          actorKind
          actor {
            name
            email
          }
          action
          before
          after
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

type Frame = NonNullable<ResultOf<typeof AuditLog>["organizationByName"]>;
type AuditEvent = NonNullable<Frame["auditLog"]>["nodes"][number];

const ACTORS = { USER: "Somebody", STRIPE: "Stripe", SYSTEM: "Seatwise" } as const;

/** `member.role_changed` in words: "Member role changed". */
function inWords(action: string): string {
  const words = action.replaceAll(/[._]/g, " ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function Values({ title, values }: { title: string; values: unknown }) {
  return (
    <div>
      <h3>{title}</h3>
      <pre tabIndex={0}>{JSON.stringify(values, null, 2)}</pre>
    </div>
  );
}

function EventRow({ event }: { event: AuditEvent }) {
  const { at, actorKind, actor, action, before, after } = event;
  return (
    <li class="row">
      <span class="row-main">
        <strong>{inWords(action)}</strong>
        <span class="soft">
          {actor?.name ?? actor?.email ?? ACTORS[actorKind]} ·{" "}
          <time dateTime={at}>{formatMoment(at)}</time>
        </span>
      </span>
      {(before !== null || after !== null) && (
        <details class="event-details">
          <summary>Details</summary>
          {before !== null && <Values title="Before" values={before} />}
          {after !== null && <Values title="After" values={after} />}
        </details>
      )}
    </li>
  );
}

interface AuditLogProps {
  organization: FramedOrganization;
  after?: string | null;
}

/** What happened to the organization, newest first. */
export function AuditLogScreen({ organization, after = null }: AuditLogProps) {
  const variables = { name: organization.name, after };
  const [{ data, error }, again] = useQuery({ query: AuditLog, variables });
  const [more, setMore] = useState(false);
  const log = data?.organizationByName?.auditLog;
  if (!log) {
    if (error)
      return (
        <LoadingFailed error={error} onRetry={() => again({ requestPolicy: "network-only" })} />
      );
    return <Loading />;
  }
  return (
    <>
      <ul class="card rows">
        {log.nodes.map((event) => (
          <EventRow key={event.id} event={event} />
        ))}
      </ul>
      {log.pageInfo.hasNextPage &&
        (more ? (
          <AuditLogScreen organization={organization} after={log.pageInfo.endCursor} />
        ) : (
          <Button onClick={() => setMore(true)}>Show more</Button>
        ))}
    </>
  );
}
