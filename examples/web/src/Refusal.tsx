import { sentence, type Refused } from './refusals';

/** Why something was refused, if it was: said at once, also to those who listen. */
export function Refusal({ error }: { error: Refused | null }) {
  return (
    <div role="alert" className={error ? 'refusal' : undefined}>
      {error && sentence(error)}
    </div>
  );
}
