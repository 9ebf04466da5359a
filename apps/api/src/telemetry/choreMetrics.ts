import type { Database } from '@thaw/db/client';
import { chore } from '@thaw/db/schema/chore';
import { Counter, Gauge, type Registry } from 'prom-client';

/** How housekeeping goes, as the database knows it. `read` sets them anew after `reset`. */
export function addChoreMetrics(registry: Registry, db: Database): { reset: () => void; read: () => Promise<void> } {
  const registers = [registry];
  const labelNames = ['job'] as const;
  const turns = new Counter({
    name: 'thaw_housekeeping_turns_total',
    help: 'Turns of each job of housekeeping, and how they went',
    labelNames: ['job', 'outcome'] as const,
    registers,
  });
  const swept = new Counter({ name: 'thaw_housekeeping_swept_total', help: 'What each job has removed, sent or moved on', labelNames, registers });
  const success = new Gauge({ name: 'thaw_housekeeping_last_success_timestamp_seconds', help: 'When each job last went well; left out where it has not yet', labelNames, registers });
  const duration = new Gauge({ name: 'thaw_housekeeping_last_duration_seconds', help: 'How long the last turn of each job took', labelNames, registers });
  const all = [turns, swept, success, duration];
  const reset = (): void => {
    for (const metric of all) metric.reset();
  };
  return {
    reset,
    read: async () => {
      const rows = await db.select().from(chore);
      // A counter can only rise: it begins again each time, at once, and never twice.
      reset();
      for (const { name: job, successes, failures, swept: things, lastSuccessAt, lastSeconds } of rows) {
        turns.inc({ job, outcome: 'success' }, successes);
        turns.inc({ job, outcome: 'failure' }, failures);
        swept.inc({ job }, things);
        if (lastSuccessAt !== null) success.set({ job }, lastSuccessAt.getTime() / 1000);
        if (lastSeconds !== null) duration.set({ job }, lastSeconds);
      }
    },
  };
}
