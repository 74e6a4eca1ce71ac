import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { Button } from "../../../components/button.tsx";
import { formatDay, formatMoney } from "../../../format.ts";
import { graphql, type ResultOf } from "../../../graphql.ts";

const Invoices = graphql(`
  query Invoices($name: String!, $after: String) {
    organizationByName(name: $name) {
      id
      subscription {
        id
        invoices(first: 10, after: $after) {
          nodes {
            id
            number
            status
            issuedAt
            amount {
              amount
              currency
            }
            hostedUrl
            pdfUrl
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
`);

type Frame = NonNullable<ResultOf<typeof Invoices>["organizationByName"]>;
type Invoice = NonNullable<Frame["subscription"]>["invoices"]["nodes"][number];

const STATUSES: Record<Invoice["status"], [label: string, tone: string]> = {
  DRAFT: ["Draft", ""],
  OPEN: ["Open", "warn"],
  PAID: ["Paid", "good"],
  UNCOLLECTIBLE: ["Uncollectible", "bad"],
  VOID: ["Void", ""],
};

function InvoiceRow({ invoice }: { invoice: Invoice }) {
  const { number, status, issuedAt, amount, hostedUrl, pdfUrl } = invoice;
  const [label, tone] = STATUSES[status];
  const title = number ?? "Draft";
  return (
    <li class="row">
      <span class="row-main">
        <strong>{formatDay(issuedAt)}</strong>
        <span class="soft">{title}</span>
      </span>
      <strong>{formatMoney(amount)}</strong>
      <span class={`badge ${tone}`}>{label}</span>
      {hostedUrl && (
        <a href={hostedUrl} aria-label={`View invoice ${title}`}>
          View
        </a>
      )}
      {pdfUrl && (
        <a href={pdfUrl} aria-label={`PDF of invoice ${title}`}>
          PDF
        </a>
      )}
    </li>
  );
}

/** The organization's invoices, newest first. Nothing is shown while there are none. */
export function InvoiceList({ name, after = null }: { name: string; after?: string | null }) {
  const [{ data }] = useQuery({ query: Invoices, variables: { name, after } });
  const [more, setMore] = useState(false);
  const invoices = data?.organizationByName?.subscription?.invoices;
  if (!invoices || invoices.nodes.length === 0) return null;
  return (
    <>
      {after === null && <h2 class="list-head">Invoices</h2>}
      <ul class="card rows">
        {invoices.nodes.map((invoice) => (
          <InvoiceRow key={invoice.id} invoice={invoice} />
        ))}
      </ul>
      {invoices.pageInfo.hasNextPage &&
        (more ? (
          <InvoiceList name={name} after={invoices.pageInfo.endCursor} />
        ) : (
          <Button onClick={() => setMore(true)}>Show more</Button>
        ))}
    </>
  );
}
