import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { Banner } from "./feedback.tsx";

interface ConfirmProps {
  /** What the button says that asks for it, and the one that does it. */
  label: string;
  title: string;
  /** What will happen. */
  children: ComponentChildren;
  /** Has to be typed before it is done: for what can't be undone. */
  typed?: string;
  busy: boolean;
  problem: string | null;
  /** Does it; true when it is done. */
  onConfirm: () => Promise<boolean>;
}

function Question({
  label,
  title,
  children,
  typed,
  busy,
  problem,
  onConfirm,
  onClose,
}: ConfirmProps & {
  onClose: () => void;
}) {
  const [text, setText] = useState("");
  async function confirm(event: Event) {
    event.preventDefault();
    if ((!typed || text === typed) && (await onConfirm())) onClose();
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="dialog-body" onSubmit={confirm}>
        <div class="dialog-text">{children}</div>
        {typed && (
          <label>
            <span>
              Type <strong>{typed}</strong> to confirm
            </span>
            <input
              required
              autocomplete="off"
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </label>
        )}
        {problem && <Banner tone="bad" title={problem} />}
        <div class="dialog-end">
          <Button kind="plain" onClick={onClose}>
            Back
          </Button>
          <Button type="submit" kind="danger" busy={busy}>
            {label}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** A button that asks before it does something grave. */
export function Confirm(props: ConfirmProps) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button kind="danger" onClick={() => setAsking(true)}>
        {props.label}
      </Button>
      {asking && <Question {...props} onClose={() => setAsking(false)} />}
    </>
  );
}
