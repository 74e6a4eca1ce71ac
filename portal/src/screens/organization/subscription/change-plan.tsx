import { useState } from "preact/hooks";
import { useChange } from "../../../change.ts";
import { Button } from "../../../components/button.tsx";
import { Dialog } from "../../../components/dialog.tsx";
import { Banner } from "../../../components/feedback.tsx";
import { graphql } from "../../../graphql.ts";
import { type ChangePlanProps, ChangeWishes, type Quote } from "./change-wishes.tsx";
import { ownAddress } from "./checkout-notice.tsx";
import { QuoteSummary } from "./quote-summary.tsx";

const ChangePlan = graphql(`
  mutation ChangePlan($input: ChangePlanInput!) {
    changePlan(input: $input) {
      billingSession {
        id
        url
      }
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

interface AgreementProps {
  organizationId: string;
  quote: Quote;
  onBack: () => void;
  onClose: () => void;
}

function Agreement({ organizationId, quote, onBack, onClose }: AgreementProps) {
  const change = useChange(ChangePlan);

  async function agree() {
    const input = { organizationId, quoteId: quote.id, returnUrl: ownAddress() };
    const payload = await change.run({ input });
    const url = payload?.billingSession?.url;
    if (url) location.assign(url);
    else if (payload) onClose();
  }

  return (
    <div class="dialog-body">
      <QuoteSummary quote={quote} />
      {change.problem && <Banner tone="bad" title={change.problem} />}
      <div class="dialog-end">
        <Button kind="plain" onClick={onBack}>
          Back
        </Button>
        <Button kind="primary" busy={change.busy} onClick={agree}>
          {quote.dueNow.amount > 0 ? "Pay and change" : "Change"}
        </Button>
      </div>
    </div>
  );
}

/** Asks what is wanted, shows exactly what it costs and from when, and makes the change that was shown. */
export function ChangePlanDialog(props: ChangePlanProps) {
  const { organizationId, onClose } = props;
  const [quote, setQuote] = useState<Quote | null>(null);
  return (
    <Dialog
      title={quote ? "What the change costs" : "Change plan, interval or seats"}
      onClose={onClose}
    >
      {quote ? (
        <Agreement
          organizationId={organizationId}
          quote={quote}
          onBack={() => setQuote(null)}
          onClose={onClose}
        />
      ) : (
        <ChangeWishes {...props} onQuote={setQuote} />
      )}
    </Dialog>
  );
}
