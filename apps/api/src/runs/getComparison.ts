import { compareRuns, type ComparedRun, type Comparison } from '@thaw/contract/comparison';
import type { RunRow } from '@thaw/db/schema/run';
import type { Context } from '../context.ts';
import { findCompanions } from './findCompanions.ts';
import { findRun, type RunInput } from './findRun.ts';
import { readEpochs } from './openSeries.ts';

/** A run beside its companions. Asked for a companion, it is the comparison that it is part of. */
export async function getComparison(ctx: Context, { id }: RunInput): Promise<Comparison> {
  const asked = await findRun(ctx.db, ctx.caller, id);
  const row = asked.companionOf === null ? asked : await findRun(ctx.db, ctx.caller, asked.companionOf);
  const companions = await findCompanions(ctx.db, row.id);
  const companion = (kind: RunRow['companionKind']): ComparedRun | null => {
    const found = companions.find(({ companionKind }) => companionKind === kind);
    return found === undefined ? null : compared(found);
  };
  const epochs = await readEpochs(ctx.db, row);
  const untuned = epochs.find(({ epoch }) => epoch === 0) ?? null;
  return compareRuns({ run: compared(row), untuned, linearProbe: companion('linear_probe'), scratch: companion('scratch') });
}

const compared = ({ id, status, spec, lastEpoch, result }: RunRow): ComparedRun => ({ run: id, status, monitor: spec.data.monitor, lastEpoch, result });
