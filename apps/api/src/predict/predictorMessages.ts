import { predictedClasses } from '@thaw/contract/predict';
import { quarantineCode } from '@thaw/contract/report';
import { z } from 'zod';

/** What a predictor is told beside the bytes of a picture: the ONNX files to ask about it, and how many pixels it may have. */
export const predictorRequest = z.object({ models: z.array(z.string()).min(1).max(2), pixels: z.number().int().positive() });
export type PredictorRequest = z.infer<typeof predictorRequest>;

const likeliest = z.array(z.object({ class: z.string(), index: z.number().int(), probability: z.number() })).max(predictedClasses);

export const predictorReply = z.discriminatedUnion('kind', [
  /** `likeliest`: of each model that was named. */
  z.object({ kind: z.literal('predicted'), likeliest: z.array(likeliest), width: z.number().int(), height: z.number().int(), milliseconds: z.number() }),
  z.object({ kind: z.literal('refused'), code: quarantineCode, message: z.string() }),
  /** A model cannot be used. */
  z.object({ kind: z.literal('broken'), message: z.string() }),
]);
export type PredictorReply = z.infer<typeof predictorReply>;
