import { useState } from "preact/hooks";
import { useChange } from "../../../change.ts";
import { Button } from "../../../components/button.tsx";
import { Choice } from "../../../components/choice.tsx";
import { Dialog } from "../../../components/dialog.tsx";
import { Banner } from "../../../components/feedback.tsx";
import { SeatStepper } from "../../../components/seat-stepper.tsx";
import { graphql, type ResultOf } from "../../../graphql.ts";
import { ownAddress } from "./checkout-notice.tsx";
import { type Interval, intervalOptions } from "./intervals.tsx";
import { QuoteSummary } from "./quote-summary.tsx";
import type { Plan, Subscription } from "./subscription.tsx";

const QuoteChange = graphql(`
  mutation QuoteChange($input: QuoteChangeInput!) {
    quoteChange(input: $input) {
      quote {
        id
        plan {
          name
        }
        interval
        seats
        timing
        effectiveAt
        lines {
          description
          amount {
            amount
            currency
          }
        }
        discount {
          amount
          currency
        }
        tax {
          amount
          currency
        }
        dueNow {
          amount
          currency
        }
        nextInvoiceAt
        nextInvoiceTotal {
          amount
          currency
        }
      }
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

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

type Answer = NonNullable<ResultOf<typeof QuoteChange>["quoteChange"]>;
export type Quote = NonNullable<Answer["quote"]>;

interface ChangePlanProps {
  organizationId: string;
  subscription: Subscription;
  plans: readonly Plan[];
  seatsInUse: number;
  onClose: () => void;
}

interface WishesProps extends ChangePlanProps {
  onQuote: (quote: Quote) => void;
}

/** The plans that are sold as this subscription is paid: a free plan is reached by cancelling. */
function sold(plans: readonly Plan[], currency: string): readonly Plan[] {
  return plans.filter(({ prices }) =>
    prices.some((price) => price.unitAmount.currency === currency),
  );
}

function Wishes({
  organizationId,
  subscription,
  plans,
  seatsInUse,
  onQuote,
  onClose,
}: WishesProps) {
  const offered = sold(plans, subscription.price.unitAmount.currency);
  const [code, setCode] = useState(subscription.plan.code);
  const [interval, setInterval] = useState<Interval>(subscription.interval);
  const [seats, setSeats] = useState(subscription.seats);
  const quoting = useChange(QuoteChange);
  const plan = offered.find((each) => each.code === code);
  const least = Math.max(plan?.minimumSeats ?? 1, seatsInUse);

  async function ask() {
    const input = { organizationId, plan: code, interval, seats: Math.max(least, seats) };
    const payload = await quoting.run({ input });
    if (payload?.quote) onQuote(payload.quote);
  }

  return (
    <div class="dialog-body">
      <Choice
        legend="Plan"
        name="change-plan"
        value={code}
        options={offered.map((each) => ({ value: each.code, label: each.name }))}
        onChange={setCode}
      />
      <Choice
        legend="Billed"
        name="change-interval"
        value={interval}
        options={intervalOptions(offered)}
        onChange={setInterval}
      />
      <div class="picker-seats">
        <span aria-hidden="true">Seats</span>
        <SeatStepper
          seats={Math.max(least, seats)}
          minimum={least}
          maximum={plan?.maximumSeats ?? seats}
          onChange={setSeats}
        />
        <span class="soft">{seatsInUse} in use or reserved</span>
      </div>
      {quoting.problem && <Banner tone="bad" title={quoting.problem} />}
      <div class="dialog-end">
        <Button kind="plain" onClick={onClose}>
          Close
        </Button>
        <Button kind="primary" busy={quoting.busy} onClick={ask}>
          Show the price
        </Button>
      </div>
    </div>
  );
}

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
        <Wishes {...props} onQuote={setQuote} />
      )}
    </Dialog>
  );
}
