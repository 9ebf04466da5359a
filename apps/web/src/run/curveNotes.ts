import type { EpochRecord } from '@thaw/contract/events';
import type { RunSpec } from '@thaw/contract/runSpec';

/** What can be seen in the curves, as facts; the words are in messages, `run.notes`. */
export type CurveNote =
  | { kind: 'untuned'; accuracy: number }
  | { kind: 'jump'; epoch: number; before: number; after: number }
  | { kind: 'trainBelow'; train: number; held: number }
  | { kind: 'rateCut'; epoch: number; times: number; rate: number }
  | { kind: 'overfitting'; epoch: number }
  | { kind: 'nonFinite'; count: number };

const held = ({ valAccuracy, testAccuracy }: EpochRecord): number | null => valAccuracy ?? testAccuracy;
const heldLoss = ({ valLoss, testLoss }: EpochRecord): number | null => {
  const loss = Number(valLoss ?? testLoss ?? NaN);
  return Number.isFinite(loss) ? loss : null;
};

/** Notes that explain what one sees, only those that hold for these curves. */
export function curveNotes(epochs: readonly EpochRecord[], spec: RunSpec, nonFinite: number): CurveNote[] {
  const notes: CurveNote[] = [];
  if (nonFinite > 0) notes.push({ kind: 'nonFinite', count: nonFinite });
  const at = (epoch: number): EpochRecord | undefined => epochs.find((one) => one.epoch === epoch);
  const { freezeEpochs, epochs: planned } = spec.schedule;

  const start = at(0);
  const untuned = start === undefined ? null : held(start);
  if (untuned !== null && spec.model.weights === 'imagenet1k_v1') notes.push({ kind: 'untuned', accuracy: untuned });

  const [before, after] = [at(freezeEpochs), at(freezeEpochs + 1)];
  if (freezeEpochs > 0 && freezeEpochs < planned && before !== undefined && after !== undefined) {
    const [low, high] = [held(before), held(after)];
    if (low !== null && high !== null && high - low > 0.01) notes.push({ kind: 'jump', epoch: freezeEpochs + 1, before: low, after: high });
  }

  const last = epochs.at(-1);
  const heldNow = last === undefined ? null : held(last);
  if (last !== undefined && last.epoch > 0 && spec.data.augmentation !== null && last.trainAccuracy !== null && heldNow !== null && last.trainAccuracy < heldNow)
    notes.push({ kind: 'trainBelow', train: last.trainAccuracy, held: heldNow });

  const rates = epochs.filter(({ epoch, learningRate }) => epoch > 0 && learningRate !== null);
  if (spec.scheduler.type === 'reduce_on_plateau') {
    const cuts = rates.filter(({ epoch, learningRate }, i) => i > 0 && epoch !== freezeEpochs + 1 && (learningRate ?? 0) < (rates[i - 1]?.learningRate ?? 0));
    const [first, latest] = [cuts[0], cuts.at(-1)];
    if (first !== undefined && latest !== undefined && latest.learningRate !== null) notes.push({ kind: 'rateCut', epoch: first.epoch, times: cuts.length, rate: latest.learningRate });
  }

  const losses = epochs.flatMap((one) => {
    const loss = heldLoss(one);
    return one.epoch === 0 || loss === null ? [] : [{ epoch: one.epoch, held: loss, train: Number(one.trainLoss ?? NaN) }];
  });
  const end = losses.at(-1);
  const best = losses.reduce((least, one) => (one.held < least.held ? one : least), losses[0] ?? { epoch: 0, held: 0, train: 0 });
  if (end !== undefined && end.epoch - best.epoch >= 3 && end.held > best.held * 1.05 && end.train < best.train) notes.push({ kind: 'overfitting', epoch: best.epoch });
  return notes;
}
