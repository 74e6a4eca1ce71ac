import type { CombinedError } from "@urql/core";
import type { ComponentChildren } from "preact";

type Tone = "info" | "good" | "warn" | "bad";

interface BannerProps {
  tone: Tone;
  title: string;
  children?: ComponentChildren;
  action?: ComponentChildren;
}

/** Something the reader should know now, and the button that helps. */
export function Banner({ tone, title, children, action }: BannerProps) {
  return (
    <div class={`banner ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <div>
        <strong>{title}</strong>
        {children && <div class="banner-text">{children}</div>}
      </div>
      {action}
    </div>
  );
}

/** Grey shapes where something will stand in a moment. */
export function Loading({ rows = 3 }: { rows?: number }) {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} class="bone" />
      ))}
    </div>
  );
}

/** In words for a person: what the server said, or that it did not answer. */
export function inWords(error: CombinedError): string {
  if (error.networkError) return "Seatwise does not answer. Check your connection, then try again.";
  return [...new Set(error.graphQLErrors.map(saying))].join(" ");
}

function saying({ message, extensions }: CombinedError["graphQLErrors"][number]): string {
  switch (extensions["code"]) {
    case "INTERNAL_SERVER_ERROR":
      return `Something went wrong on our side. If it lasts, tell us this number: ${extensions["requestId"]}.`;
    case "BILLING_OUT_OF_ORDER":
      return `Payments are out of order on our side. Nothing was charged. Tell us this number: ${extensions["requestId"]}.`;
    default:
      return message;
  }
}

/** A screen that could not be loaded. */
export function LoadingFailed({ error, onRetry }: { error: CombinedError; onRetry: () => void }) {
  return (
    <Banner
      tone="bad"
      title="This could not be loaded."
      action={
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      }
    >
      {inWords(error)}
    </Banner>
  );
}

interface EmptyProps {
  title: string;
  children: ComponentChildren;
  action?: ComponentChildren;
}

/** A list with nothing in it, and what to do about that. */
export function Empty({ title, children, action }: EmptyProps) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  );
}
