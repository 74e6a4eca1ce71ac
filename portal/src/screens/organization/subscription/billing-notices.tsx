import { useChange } from "../../../change.ts";
import { Button } from "../../../components/button.tsx";
import { Banner } from "../../../components/feedback.tsx";
import { count, formatDay, formatMoment } from "../../../format.ts";
import { graphql } from "../../../graphql.ts";
import { BILLED } from "./intervals.tsx";
import { PAYMENT_PAGE, PaymentLink } from "./payment-link.tsx";
import type { Subscription } from "./subscription.tsx";

const CancelPendingChange = graphql(`
  mutation CancelPendingChange($input: CancelPendingChangeInput!) {
    cancelPendingChange(input: $input) {
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

const ResumeSubscription = graphql(`
  mutation ResumeSubscription($input: ResumeSubscriptionInput!) {
    resumeSubscription(input: $input) {
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

type PendingChange = NonNullable<Subscription["pendingChange"]>;

function whatIsPending({
  kind,
  plan,
  seats,
  interval,
  effectiveAt,
  expiresAt,
}: PendingChange): string {
  const change = `${plan.name}, ${count(seats, "seat")}, ${BILLED[interval]}`;
  if (kind === "SCHEDULED" && effectiveAt) return `${change}, from ${formatDay(effectiveAt)} on.`;
  const until = expiresAt ? ` It is dropped on ${formatMoment(expiresAt)} unless it is paid.` : "";
  return `${change}, once it is paid.${until} ${PAYMENT_PAGE}`;
}

function PendingChangeNotice({
  organizationId,
  change,
}: {
  organizationId: string;
  change: PendingChange;
}) {
  const cancelling = useChange(CancelPendingChange);
  return (
    <Banner
      tone={change.kind === "SCHEDULED" ? "info" : "warn"}
      title={
        change.kind === "SCHEDULED" ? "A change is scheduled." : "A change waits for its payment."
      }
      action={
        <div class="banner-actions">
          {change.payUrl && <PaymentLink url={change.payUrl} />}
          <Button
            busy={cancelling.busy}
            onClick={() => cancelling.run({ input: { organizationId } })}
          >
            Call it off
          </Button>
        </div>
      }
    >
      {whatIsPending(change)} {cancelling.problem}
    </Banner>
  );
}

function CancellationNotice({
  organizationId,
  endsAt,
}: {
  organizationId: string;
  endsAt: string;
}) {
  const resuming = useChange(ResumeSubscription);
  return (
    <Banner
      tone="warn"
      title={`The subscription ends on ${formatDay(endsAt)}.`}
      action={
        <Button busy={resuming.busy} onClick={() => resuming.run({ input: { organizationId } })}>
          Resume
        </Button>
      }
    >
      Until then everything stays as it is. {resuming.problem}
    </Banner>
  );
}

/** Says that a payment failed, with the page that pays it. */
export function PaymentIssueNotice({
  issue,
}: {
  issue: NonNullable<Subscription["paymentIssue"]>;
}) {
  return (
    <Banner tone="bad" title={issue.message} action={<PaymentLink url={issue.payUrl} />}>
      {PAYMENT_PAGE}
    </Banner>
  );
}

interface BillingNoticesProps {
  organizationId: string;
  subscription: Subscription;
}

/** What stands out about a subscription, each with the button that helps. */
export function BillingNotices({ organizationId, subscription }: BillingNoticesProps) {
  const { paymentIssue, pendingChange, endsAt, endedAt } = subscription;
  return (
    <>
      {paymentIssue && <PaymentIssueNotice issue={paymentIssue} />}
      {pendingChange && (
        <PendingChangeNotice organizationId={organizationId} change={pendingChange} />
      )}
      {endsAt && !endedAt && <CancellationNotice organizationId={organizationId} endsAt={endsAt} />}
    </>
  );
}
