import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Link } from "wouter-preact";

interface PageProps {
  title: string;
  /** Stands beside the heading. */
  action?: ComponentChildren;
  /** Offers the way back to the list of organizations. */
  wayBack?: boolean;
  children: ComponentChildren;
}

/** A screen with its heading. It names the browser's tab and takes the focus, so that a screen reader starts there. */
export function Page({ title, action, wayBack, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Seatwise`;
    heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <>
      {wayBack && (
        <Link href="~/portal/" class="way-back">
          ← Organizations
        </Link>
      )}
      <div class="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {action}
      </div>
      {children}
    </>
  );
}
