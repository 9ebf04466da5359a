import { runPolicy } from '@thaw/api/attempts/runPolicy';
import { afterAttempt } from '@thaw/api/work/afterAttempt';
import type { FailureCode } from '@thaw/contract/failures';
import type postgres from 'postgres';

export interface FairnessFigures {
  /** Jain's index of the active runs of those who could have had more, as a part of the highest that so many runs allow, at moments spread over the time: 1 is all alike. */
  jain: { mean: number; low: number };
  /** Claims that went to someone with so many more active runs than another had who waited. */
  ahead: { most: number; share: number };
  /** The longest that somebody had waiting runs and not one active, in seconds and in claims that went to others. */
  starved: { seconds: number; claims: number };
  /** More urgent runs of the same person that waited at a claim, and on. */
  outOfOrder: number;
  /** People whose active runs were more than their quota, at any moment. */
  overLimit: number;
}

interface AttemptRow {
  owner: string;
  run: string;
  most: number | null;
  priority: number;
  outcome: 'succeeded' | 'stopped' | 'failed' | 'lost';
  failure: { code: FailureCode; message: string } | null;
  progressed: boolean;
  /** Seconds, as those below. */
  created: number;
  from: number;
  to: number;
}

interface Standing {
  most: number;
  active: number;
  /** Priorities of the runs that wait, by run, and since when each does. */
  waiting: Map<string, { priority: number; since: number }>;
  /** Since when it could have more, with as many active runs as now or fewer. */
  contendsSince: number;
  /** Since when it has waited with nothing active; null: it does not. */
  starvedSince: number | null;
  claimsMeanwhile: number;
}

/** Claims that are under way at once do not see each other, and pass over what another one has locked: within so many seconds order is nobody's fault. */
const atOnce = 2;
const samples = 500;

/** How fair the queue was, from when attempts began and ended. */
export async function readFairness(sql: postgres.Sql): Promise<FairnessFigures> {
  const rows = await sql<AttemptRow[]>`
    select run.owner_id as owner, run.id as run, quota.active_runs::int as most, run.priority, outcome, attempt.failure, progressed,
      extract(epoch from run.created_at)::double precision as created,
      extract(epoch from attempt.started_at)::double precision as from, extract(epoch from attempt.finished_at)::double precision as to
    from attempt join run on run.id = run_id left join quota on quota.owner_id = run.owner_id order by run.id, number`;
  const waitsFrom = beginningsOfWaits(rows);
  const events = rows.flatMap((row, n) => [
    { at: waitsFrom[n] ?? NaN, order: 1, row, what: 'waits' as const },
    { at: row.from, order: 2, row, what: 'begins' as const },
    { at: row.to, order: 0, row, what: 'ends' as const },
  ]);
  events.sort((one, other) => one.at - other.at || one.order - other.order);

  const standings = new Map<string, Standing>();
  const contenders = (): Standing[] => [...standings.values()].filter(({ waiting, active, most }) => waiting.size > 0 && active < most);
  const figures = { ahead: [] as number[], jain: [] as number[], starved: { seconds: 0, claims: 0 }, outOfOrder: 0, over: new Set<string>() };
  /** When claims passed over a run that was more urgent, by run. */
  const passedOver = new Map<string, number[]>();
  const begun = Math.min(...rows.map(({ from }) => from));
  const step = (Math.max(...rows.map(({ to }) => to)) - begun) / samples;
  let next = begun + step;

  for (const { at, row, what } of events) {
    for (; next <= at; next += step) addJain(figures.jain, contenders());
    const own = standingOf(row);
    if (what === 'waits') {
      if (own.waiting.size === 0) own.contendsSince = at;
      own.waiting.set(row.run, { priority: row.priority, since: at });
    } else if (what === 'ends') {
      own.active--;
      own.contendsSince = at;
    } else {
      own.waiting.delete(row.run);
      const others = contenders().filter((one) => one !== own && one.contendsSince < at - atOnce);
      if (others.length > 0) figures.ahead.push(own.active - Math.min(...others.map(({ active }) => active)));
      for (const [run, { priority, since }] of own.waiting) if (priority > row.priority && since < at - atOnce) passedOver.set(run, [...(passedOver.get(run) ?? []), at]);
      figures.outOfOrder += passedOver.get(row.run)?.filter((moment) => moment < at - atOnce).length ?? 0;
      passedOver.delete(row.run);
      own.active++;
      if (own.active > own.most) figures.over.add(row.owner);
      for (const one of standings.values()) if (one !== own && one.starvedSince !== null) one.claimsMeanwhile++;
    }
    follow(own, at);
  }
  return {
    jain: { mean: figures.jain.reduce((sum, one) => sum + one, 0) / figures.jain.length, low: percentile(figures.jain, 0.05) },
    ahead: { most: Math.max(0, ...figures.ahead), share: figures.ahead.filter((by) => by > 0).length / Math.max(1, figures.ahead.length) },
    starved: figures.starved,
    outOfOrder: figures.outOfOrder,
    overLimit: figures.over.size,
  };

  function standingOf({ owner, most }: AttemptRow): Standing {
    const known = standings.get(owner);
    if (known !== undefined) return known;
    const standing: Standing = { most: most ?? Infinity, active: 0, waiting: new Map(), contendsSince: 0, starvedSince: null, claimsMeanwhile: 0 };
    standings.set(owner, standing);
    return standing;
  }

  /** Nobody is served before the fleet is there. */
  function follow(own: Standing, at: number): void {
    const starves = own.active === 0 && own.waiting.size > 0;
    if (starves) {
      if (own.starvedSince === null) Object.assign(own, { starvedSince: Math.max(at, begun), claimsMeanwhile: 0 });
      return;
    }
    if (own.starvedSince === null) return;
    figures.starved.seconds = Math.max(figures.starved.seconds, at - own.starvedSince);
    figures.starved.claims = Math.max(figures.starved.claims, own.claimsMeanwhile);
    own.starvedSince = null;
  }
}

/** Since when the run of each attempt could be claimed, with the pause after attempts in vain. @param rows each run's in order */
function beginningsOfWaits(rows: readonly AttemptRow[]): number[] {
  let run = '';
  let next = { at: 0, inVain: 0 };
  return rows.map((row) => {
    if (row.run !== run) next = { at: row.created, inVain: 0 };
    run = row.run;
    const { at, inVain } = next;
    if (row.outcome !== 'succeeded') {
      const after = afterAttempt(runPolicy, { outcome: row.outcome, failure: row.failure, progressed: row.progressed, inVain, stopRequested: false });
      next = { at: row.to + after.pauseSeconds, inVain: after.inVain };
    }
    return at;
  });
}

function addJain(to: number[], contenders: readonly Standing[]): void {
  if (contenders.length < 2) return;
  const sum = contenders.reduce((total, { active }) => total + active, 0);
  if (sum === 0) return;
  const squares = contenders.reduce((total, { active }) => total + active ** 2, 0);
  // Runs are whole: of seven for three people two are had by each, and three by one of them.
  const [each, more] = [Math.floor(sum / contenders.length), sum % contenders.length];
  to.push((more * (each + 1) ** 2 + (contenders.length - more) * each ** 2) / squares);
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(part * sorted.length)] ?? NaN;
}
