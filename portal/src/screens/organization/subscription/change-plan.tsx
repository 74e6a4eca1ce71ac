import { useEffect, useRef, useState } from "preact/hooks";
import { useChange } from "../../../change.ts";
import { Button } from "../../../components/button.tsx";
import { Dialog } from "../../../components/dialog.tsx";
import { Banner } from "../../../components/feedback.tsx";
import { graphql } from "../../../graphql.ts";
import { type ChangePlanProps, ChangeWishes, type Quote } from "./change-wishes.tsx";
import { PAYMENT_PAGE, PaymentLink } from "./payment-link.tsx";
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
  /** The bank asks for something: this page finishes the payment. */
  onUnpaid: (paymentUrl: string) => void;
  onClose: () => void;
}

function Agreement({ organizationId, quote, onBack, onUnpaid, onClose }: AgreementProps) {
  const change = useChange(ChangePlan);

  async function agree() {
    const payload = await change.run({ input: { organizationId, quoteId: quote.id } });
    const url = payload?.billingSession?.url;
    if (url) onUnpaid(url);
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

interface UnfinishedPaymentProps {
  url: string;
  /** The change is known to wait for it. */
  pending: boolean;
  onClose: () => void;
}

/** What the bank asks for before the change is paid. Goes away when it is paid, or dropped. */
function UnfinishedPayment({ url, pending, onClose }: UnfinishedPaymentProps) {
  const wasPending = useRef(false);
  useEffect(() => {
    if (wasPending.current && !pending) onClose();
    wasPending.current = pending;
  }, [pending]);
  return (
    <div class="dialog-body">
      <p>The change counts once it is paid. {PAYMENT_PAGE}</p>
      <div class="dialog-end">
        <Button kind="plain" onClick={onClose}>
          Close
        </Button>
        <PaymentLink url={url} />
      </div>
    </div>
  );
}

/** Asks what is wanted, shows exactly what it costs and from when, and makes the change that was shown. */
export function ChangePlanDialog(props: ChangePlanProps) {
  const { organizationId, subscription, onClose } = props;
  const [quote, setQuote] = useState<Quote | null>(null);
  const [paymentUrl, setPaymentUrl] = useState<string | null>(null);
  if (paymentUrl) {
    const pending = subscription.pendingChange?.kind === "AWAITING_PAYMENT";
    return (
      <Dialog title="Your bank wants you to confirm the payment" onClose={onClose}>
        <UnfinishedPayment url={paymentUrl} pending={pending} onClose={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog
      title={quote ? "What the change costs" : "Change plan, interval or seats"}
      onClose={onClose}
    >
      <div hidden={quote !== null}>
        <ChangeWishes {...props} onQuote={setQuote} />
      </div>
      {quote && (
        <Agreement
          organizationId={organizationId}
          quote={quote}
          onBack={() => setQuote(null)}
          onUnpaid={setPaymentUrl}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}
