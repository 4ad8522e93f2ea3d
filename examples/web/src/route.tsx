/** Where the reader is: the path of the page, and links that change it without loading anew. */
import { useSyncExternalStore, type MouseEvent, type ReactNode } from 'react';

function subscribe(tell: () => void) {
  window.addEventListener('popstate', tell);
  return () => window.removeEventListener('popstate', tell);
}

export const usePath = () => useSyncExternalStore(subscribe, () => window.location.pathname);

/** Mails of the service link to these, too. */
export const pathOf = (courseId: string) => `/courses/${encodeURIComponent(courseId)}`;

function go(path: string) {
  window.history.pushState(null, '', path);
  window.dispatchEvent(new PopStateEvent('popstate'));
  window.scrollTo(0, 0);
}

type LinkProps = { to: string; className?: string; children: ReactNode };

export function Link({ to, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  const current = usePath() === to ? 'page' : undefined;
  return <a href={to} aria-current={current} onClick={follow} {...rest} />;
}
