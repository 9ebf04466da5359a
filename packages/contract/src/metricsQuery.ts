import { z } from 'zod';
import { epochRecord, iterationEvent } from './events.ts';

/** Query and answer of GET /v1/runs/:id/metrics. */

export const iterationField = z.enum(['loss', 'learningRate', 'accuracy']);
export type IterationField = z.infer<typeof iterationField>;

const epochFields = epochRecord.omit({ epoch: true, phase: true }).keyof().options;
export type EpochField = (typeof epochFields)[number];

const fieldNames = [...new Set([...iterationField.options, ...epochFields])];
type MetricFieldName = IterationField | EpochField;
const anyField = fieldNames.join('|');
const isField = (text: string): text is MetricFieldName => (fieldNames as readonly string[]).includes(text);

export const isEpochField = (name: MetricFieldName): name is EpochField => (epochFields as readonly string[]).includes(name);
export const isIterationField = (name: MetricFieldName): name is IterationField => iterationField.safeParse(name).success;

/** As far as PostgreSQL's integer reaches. */
const stepNumber = z.coerce.number().int().min(0).max(2 ** 31 - 1);

export const metricsQuery = z.object({
  format: z.enum(['json', 'csv', 'ndjson', 'tensorboard']).default('json').meta({ description: 'CSV has one table: that of iterations, unless `series` says otherwise' }),
  series: z.enum(['iterations', 'epochs']).optional().meta({ description: 'Only this one' }),
  fields: z
    .string()
    .regex(new RegExp(`^(${anyField})(,(${anyField}))*$`), `Give names with commas between, of ${fieldNames.join(', ')}.`)
    .max(500)
    .transform((text) => [...new Set(text.split(','))].filter(isField))
    .optional()
    .meta({ description: 'Names with commas between. A series that has none of them is empty' }),
  fromStep: stepNumber.optional(),
  toStep: stepNumber.optional(),
  points: z.coerce
    .number()
    .int()
    .min(16)
    .max(10_000)
    .optional()
    .meta({ description: 'At most so many iterations: where there are more, the first, the last and the extremes of each field in buckets of the same width' }),
});
export type MetricsQuery = z.infer<typeof metricsQuery>;

/** With fields left out where some were chosen. */
export const metricsAnswer = z.object({
  iterations: z.array(iterationEvent.omit({ type: true }).partial({ loss: true, learningRate: true })),
  epochs: z.array(epochRecord.partial().required({ epoch: true, phase: true })),
  /** How `points` thinned the iterations: of so many, in buckets of so many. Null where all are here. */
  reduction: z.object({ rows: z.number().int(), bucketRows: z.number().int() }).nullable(),
});
export type MetricsAnswer = z.infer<typeof metricsAnswer>;
