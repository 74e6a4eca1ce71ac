/** What to expect of it: Stripe's page for an open invoice has no way back. */
export const PAYMENT_PAGE =
  "Stripe's page opens in a new tab. Close it when you have paid: this page notices by itself.";

/** Leads to Stripe's page where an open payment is finished, and leaves this page where it is. */
export function PaymentLink({ url }: { url: string }) {
  return (
    <a class="button primary" href={url} target="_blank" rel="noopener noreferrer">
      Pay now
      <span class="visually-hidden"> in a new tab</span>
    </a>
  );
}
