import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { useChange } from "../change.ts";
import { Button } from "../components/button.tsx";
import { Banner } from "../components/feedback.tsx";
import { graphql } from "../graphql.ts";
import { Page } from "../shell/page.tsx";

const CreateOrganization = graphql(`
  mutation CreateOrganization($input: CreateOrganizationInput!) {
    createOrganization(input: $input) {
      organization {
        id
        name
      }
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

/** A name for addresses made of a name for people: "Acme & Söhne" becomes "acme-sohne". */
function suggestName(displayName: string): string {
  const plain = displayName
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}

/** A form that makes a new organization, with the reader as its owner. */
export function CreateOrganizationScreen() {
  const [displayName, setDisplayName] = useState("");
  const [typedName, setTypedName] = useState<string | null>(null);
  const [, navigate] = useLocation();
  const creation = useChange(CreateOrganization);
  const name = typedName ?? suggestName(displayName);

  async function create(event: Event) {
    event.preventDefault();
    const payload = await creation.run({ input: { name, displayName: displayName.trim() } });
    if (payload?.organization) navigate(`/organizations/${payload.organization.name}`);
  }

  return (
    <Page title="Create an organization" wayBack>
      <form class="card form" onSubmit={create}>
        <label>
          <span>Display name</span>
          <input
            required
            maxLength={100}
            autocomplete="organization"
            value={displayName}
            onInput={(event) => setDisplayName(event.currentTarget.value)}
          />
        </label>
        <label>
          <span>Name</span>
          <input
            required
            pattern="[a-z0-9_\-]+"
            aria-describedby="name-help"
            value={name}
            onInput={(event) => setTypedName(event.currentTarget.value)}
          />
          <small id="name-help">
            For addresses and programs: lower-case letters, digits, - and _. It stays.
          </small>
        </label>
        {creation.problem && <Banner tone="bad" title={creation.problem} />}
        <div class="form-end">
          <Button type="submit" kind="primary" busy={creation.busy}>
            Create
          </Button>
        </div>
      </form>
    </Page>
  );
}
