import type { EvaluatedPicture } from '@thaw/contract/evaluationPictures';
import { encodeMetric } from '@thaw/contract/numbers';
import { openPredictions } from '@thaw/formats/predictions';
import type { Context } from '../context.ts';
import { invalid, notFound } from '../errors.ts';
import { findRun, type RunInput } from './findRun.ts';
import { whenEvaluated } from './getEvaluation.ts';

export interface ListEvaluatedPicturesInput extends RunInput {
  /** Places in the list of classes. */
  actual: number;
  predicted: number;
  limit: number;
  cursor?: string | undefined;
}

/**
 * Pictures of a cell of the confusion matrix, the surest first. The cursor is how many came before.
 * @throws not-found where no run of this id has been evaluated, or nothing was kept of its images
 */
export async function listEvaluatedPictures({ db, caller, storage }: Context, input: ListEvaluatedPicturesInput): Promise<{ items: EvaluatedPicture[]; nextCursor: string | null }> {
  const row = await findRun(db, caller, input.id);
  if (row.evaluation === null) throw notFound('evaluation of this run', whenEvaluated(row));
  const stored = row.evaluation.predictions;
  if (stored === undefined) throw notFound('record of what each picture was taken for', 'This run ended before such records were kept, or has too many pictures. Clone it and run it again to have one.');
  const skip = readCursor(input.cursor);
  const file = await openPredictions((start, length) => storage.readRange(stored.key, start, length), stored.bytes);
  const unknown = (['actual', 'predicted'] as const).filter((name) => input[name] >= file.classes);
  if (unknown.length > 0) throw invalid(unknown.map((path) => ({ path, message: `the classes of this run are numbered from 0 to ${file.classes - 1}` })));
  const found = await file.ofCell(input.actual, input.predicted, skip, input.limit + 1);
  const items = found.slice(0, input.limit).map(({ index, probability, labelProbability }) => {
    const picture = `/v1/datasets/${row.datasetId}/versions/${row.datasetVersion}/images/test/${index}`;
    const figures = { probability: encodeMetric(probability), labelProbability: encodeMetric(labelProbability) };
    return { split: 'test' as const, row: index, ...figures, thumbnail: `${picture}/thumbnail`, image: `${picture}/full` };
  });
  return { items, nextCursor: found.length > input.limit ? String(skip + input.limit) : null };
}

function readCursor(cursor = '0'): number {
  if (!/^\d{1,7}$/.test(cursor)) throw invalid([{ path: 'cursor', message: 'no page ended here; take nextCursor of the page before' }]);
  return Number(cursor);
}
