import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

interface DialogProps {
  /** Another title is another step of the same dialog. */
  title: string;
  children: ComponentChildren;
  /** Escape closes it. Left out, only its buttons do. */
  onClose?: () => void;
}

/** The heading takes the focus at each new step: what had it is gone, and a screen reader starts there. */
function useStepHeading(title: string) {
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(title);
  useLayoutEffect(() => {
    if (!heading.current || shown.current === title) return;
    shown.current = title;
    heading.current.tabIndex = -1; // not before: the dialog would open with the focus on it
    heading.current.focus();
  }, [title]);
  return heading;
}

/** Stands over the page. The browser keeps the focus in it and gives it back afterwards. */
export function Dialog({ title, children, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useStepHeading(title);
  const headingId = useId();
  useLayoutEffect(() => {
    dialog.current?.showModal();
    // Closing it before it goes is what gives the focus back.
    return () => dialog.current?.close();
  }, []);

  /** Who presses Escape again and again closes it, whatever is done about `cancel`. */
  function closed() {
    if (!dialog.current || dialog.current.open) return;
    if (onClose) onClose();
    else dialog.current.showModal();
  }

  return (
    <dialog
      ref={dialog}
      aria-labelledby={headingId}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onClose={closed}
    >
      <h2 ref={heading} id={headingId}>
        {title}
      </h2>
      {children}
    </dialog>
  );
}
