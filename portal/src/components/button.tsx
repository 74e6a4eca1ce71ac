import type { ComponentProps } from "preact";

type ButtonProps = Omit<ComponentProps<"button">, "disabled"> & {
  kind?: "primary" | "danger" | "plain";
  /** Waiting for an answer. It keeps the focus, but does nothing. */
  busy?: boolean;
};

/** A button that says when it is busy and is not pressed twice. */
export function Button({ kind, busy = false, onClick, children, ...props }: ButtonProps) {
  return (
    <button
      type="button"
      {...props}
      class={`button ${kind ?? ""} ${props.class ?? ""}`}
      aria-disabled={busy}
      onClick={(event) => (busy ? event.preventDefault() : onClick?.(event))}
    >
      {busy && <span class="spinner" aria-hidden="true" />}
      <span>{children}</span>
    </button>
  );
}
