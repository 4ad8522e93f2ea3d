import { useEffect, useRef, type ReactNode } from 'react';

type PageProps = { title: string; aside?: ReactNode; children: ReactNode };

/** A screen: its heading names the tab too, and is where a reader begins. */
export function Page({ title, aside, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <>
      <title>{`${title} · Rollcall`}</title>
      <div className="heading">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {aside}
      </div>
      {children}
    </>
  );
}
