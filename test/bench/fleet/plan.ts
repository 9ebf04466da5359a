/** A person, and what they want of the fleet. */
export interface PersonPlan {
  name: string;
  runs: number;
  /** Quota on active runs; null: none. */
  activeRuns: number | null;
}

/** So many people share this part of all runs; the first one gets what is left. */
const classes = [
  { people: 5, share: 0.25, activeRuns: null },
  { people: 14, share: 0.28, activeRuns: null },
  { people: 20, share: 0.15, activeRuns: 2 },
  { people: 10, share: 0.02, activeRuns: 1 },
] as const;

/** Fifty people with very different amounts: one has three runs in ten, a fifth of them together one in fifty. */
export function planPeople(runs: number): PersonPlan[] {
  const others = classes.flatMap(({ people, share, activeRuns }) => Array.from({ length: people }, () => ({ runs: Math.max(1, Math.round((runs * share) / people)), activeRuns })));
  const first = { runs: runs - others.reduce((sum, one) => sum + one.runs, 0), activeRuns: null };
  return [first, ...others].map((one, n) => ({ name: `person${n}`, ...one }));
}
