import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { useChange } from "../../../change.ts";
import { Button } from "../../../components/button.tsx";
import { Banner, Loading, LoadingFailed } from "../../../components/feedback.tsx";
import { graphql } from "../../../graphql.ts";
import type { FramedOrganization } from "../organization.tsx";

const Details = graphql(`
  query Details($name: String!) {
    organizationByName(name: $name) {
      id
      displayName
      billingEmail
    }
  }
`);

const UpdateOrganization = graphql(`
  mutation UpdateOrganization($input: UpdateOrganizationInput!) {
    updateOrganization(input: $input) {
      organization {
        id
        displayName
        billingEmail
      }
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

interface FormProps {
  organizationId: string;
  displayName: string;
  billingEmail: string;
}

function Form({ organizationId, ...stored }: FormProps) {
  const [displayName, setDisplayName] = useState(stored.displayName);
  const [billingEmail, setBillingEmail] = useState(stored.billingEmail);
  const [saved, setSaved] = useState(false);
  const update = useChange(UpdateOrganization);

  async function save(event: Event) {
    event.preventDefault();
    setSaved(false);
    const input = {
      organizationId,
      displayName: displayName.trim(),
      billingEmail: billingEmail.trim() || null,
    };
    setSaved((await update.run({ input })) !== null);
  }

  return (
    <form class="card form" onSubmit={save}>
      <label>
        <span>Display name</span>
        <input
          required
          maxLength={200}
          autocomplete="organization"
          value={displayName}
          onInput={(event) => setDisplayName(event.currentTarget.value)}
        />
      </label>
      <label>
        <span>Billing e-mail</span>
        <input
          type="email"
          autocomplete="email"
          aria-describedby="billing-help"
          value={billingEmail}
          onInput={(event) => setBillingEmail(event.currentTarget.value)}
        />
        <small id="billing-help">
          Where Stripe sends invoices and receipts. Left empty, it sends none.
        </small>
      </label>
      {update.problem && <Banner tone="bad" title={update.problem} />}
      {saved && <Banner tone="good" title="Saved." />}
      <div class="form-end">
        <Button type="submit" kind="primary" busy={update.busy}>
          Save
        </Button>
      </div>
    </form>
  );
}

/** What an owner or admin may say about the organization. */
export function DetailsForm({ organization }: { organization: FramedOrganization }) {
  const [{ data, error }, again] = useQuery({
    query: Details,
    variables: { name: organization.name },
    requestPolicy: "network-only",
  });
  const details = data?.organizationByName;
  if (!details) {
    if (error)
      return (
        <LoadingFailed error={error} onRetry={() => again({ requestPolicy: "network-only" })} />
      );
    return <Loading />;
  }
  return (
    <Form
      organizationId={details.id}
      displayName={details.displayName}
      billingEmail={details.billingEmail ?? ""}
    />
  );
}
