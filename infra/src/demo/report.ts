import type { Run } from '@thaw/contract/runs';
import { describeWeights } from './announce.ts';
import { formatAccuracy, formatBytes, formatDuration, formatLoss } from './formatNumbers.ts';
import { lossCurve } from './lossCurve.ts';
import { resultTable } from './resultTable.ts';
import { bestCheckpoint, type EndedRun } from './summary.ts';
import { wrap } from './wrap.ts';

/** Everything about a run that has ended: table, best figures, curve, and where its files are. */
export function reportRun({ run, metrics, checkpoints }: EndedRun, columns: number): string[] {
  const { start, words } = describeWeights(run.spec.model.weights);
  const wrapped = (sentences: readonly string[]): string[] => sentences.flatMap((sentence) => wrap(sentence, columns));
  const lines = ['', ...wrapped(headline(run))];
  if (metrics.epochs.length > 0) lines.push('', ...resultTable(metrics.epochs, columns), '', ...wrapped([`Epoch 0: ${start}. Losses are means over images, in nats.`]));
  if (run.spec.model.weights === 'none') lines.push(...wrapped([`From ${words}: a baseline, not a fine-tuned model.`]));
  lines.push(...wrapped(bestLines(run)));
  if (metrics.iterations.length > 0) lines.push('', 'Training loss by step', '', ...lossCurve(metrics.iterations, columns));

  const best = bestCheckpoint(checkpoints);
  const model = best?.files.find(({ name }) => name === 'model.safetensors');
  lines.push('');
  if (best === undefined || model === undefined) lines.push('No checkpoint was kept.');
  else lines.push(`Checkpoint of epoch ${best.epoch} (best of those kept: ${checkpoints.map(({ epoch }) => epoch).join(', ')})`, fileLine(model), `  sha256 ${model.sha256}`);
  if (run.curves.length > 0) lines.push('Curves', ...run.curves.map(fileLine));
  return lines;
}

const fileLine = ({ uri, bytes }: { uri: string; bytes: number }): string => `  ${uri}  ${formatBytes(bytes)}`;

function headline({ id, status, result, device, failure }: Run): string[] {
  const time = result === null || result.seconds === 0 ? '' : ` after ${formatDuration(result.seconds)} of training and evaluation`;
  const on = device === null ? '' : ` on ${device}`;
  const ended = `Run ${id} ${status === 'succeeded' || status === 'failed' ? status : `was ${status}`}${time}${on}.`;
  return failure === null ? [ended] : [ended, failure.message];
}

function bestLines({ spec, result }: Run): string[] {
  if (result === null || result.best === null) return [];
  const figures = ({ loss, accuracy }: NonNullable<NonNullable<Run['result']>['best']>): string => `loss ${formatLoss(loss)}, accuracy ${formatAccuracy(accuracy)}`;
  const monitored = spec.data.monitor === 'val' ? 'validation' : 'test';
  const lines = [`Best epoch: ${result.best.epoch}, ${monitored} ${figures(result.best)}.`];
  if (result.bestTest !== null) lines.push(`Its checkpoint on the test images: loss ${formatLoss(result.bestTest.loss)}, accuracy ${formatAccuracy(result.bestTest.accuracy)}.`);
  return lines;
}
