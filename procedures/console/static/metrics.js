// What /metrics says of calls, read from the text that Prometheus reads.

const LINE = /^(\w+?)(?:_total)?\{(.*)\} (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

// `{ status }` where there are none, else `{ calls }`: by procedure `{ name, count, failed, p50, p99 }`.
export async function callsSoFar(token) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch('/metrics', { headers });
  if (!answer.ok) return { status: answer.status };
  return { calls: summed(samples(await answer.text())) };
}

function samples(text) {
  return text.split('\n').map((line) => LINE.exec(line)).filter(Boolean).map(([, name, labels, value]) => ({
    name, value: Number(value), ...Object.fromEntries([...labels.matchAll(LABEL)].map((m) => [m[1], m[2]])),
  }));
}

function summed(found) {
  const calls = found.filter(({ name }) => name === 'rollcall_calls');
  const names = [...new Set(calls.map(({ procedure }) => procedure))].sort();
  return names.map((name) => {
    const mine = calls.filter(({ procedure }) => procedure === name);
    const failed = mine.filter(({ code }) => code !== 'OK');
    const buckets = found
      .filter((each) => each.name === 'rollcall_call_seconds_bucket' && each.procedure === name)
      .map(({ le, value }) => ({ le: Number(le === '+Inf' ? Infinity : le), value }))
      .sort((a, b) => a.le - b.le);
    return {
      name,
      count: total(mine),
      failed: total(failed),
      codes: failed.map(({ code, value }) => `${code} ${value}`),
      p50: quantile(buckets, 0.5),
      p99: quantile(buckets, 0.99),
    };
  });
}

const total = (list) => list.reduce((sum, { value }) => sum + value, 0);

// As Prometheus reckons it: evenly spread in the bucket it falls into. Null where nothing was timed.
function quantile(buckets, share) {
  const all = buckets.at(-1)?.value;
  if (!all) return null;
  const rank = share * all;
  const index = buckets.findIndex(({ value }) => value >= rank);
  const { le, value } = buckets[index];
  const below = buckets[index - 1] ?? { le: 0, value: 0 };
  if (le === Infinity) return below.le;
  return below.le + ((rank - below.value) / Math.max(1, value - below.value)) * (le - below.le);
}
