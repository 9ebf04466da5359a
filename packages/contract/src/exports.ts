import { z } from 'zod';
import { storedFile } from './runs.ts';
import { taskFailureCode } from './taskFailures.ts';
import { taskStatus } from './taskStatus.ts';

/** What a model can be exported as. */
export const exportFormat = z.enum(['safetensors', 'pth', 'onnx']);
export type ExportFormat = z.infer<typeof exportFormat>;

/** What can be had beside an exported file: a model card, and a script that names what is on pictures. */
export const exportCompanion = z.enum(['card', 'predict']);
export type ExportCompanion = z.infer<typeof exportCompanion>;

/** Which state of a run: after so many epochs (0: before any training), with the lowest monitored loss, or the newest. */
export const exportEpoch = z.union([z.number().int().min(0).max(1000), z.enum(['best', 'last'])]);
export type ExportEpoch = z.infer<typeof exportEpoch>;

/** The same in a path. */
export const exportEpochInPath = z.union([z.enum(['best', 'last']), z.string().regex(/^\d{1,4}$/).transform(Number)]).pipe(exportEpoch);

/** Body of POST /v1/runs/:id/exports. */
export const createExportRequest = z.strictObject({
  epoch: exportEpoch.default('best'),
  format: exportFormat,
  with: z.array(exportCompanion).max(exportCompanion.options.length).default([]),
});

/** Files of an export: the model, and what was asked for beside it. */
export const exportFileName = z.enum(['model.safetensors', 'model.pth', 'model.onnx', 'card.md', 'predict.py']);
export type ExportFileName = z.infer<typeof exportFileName>;

/** An export as the API shows it. */
export const runExport = z.object({
  id: z.string(),
  run: z.string(),
  /** What `best` or `last` stood for when it was asked for. */
  epoch: z.number().int(),
  step: z.number().int(),
  format: exportFormat,
  with: z.array(exportCompanion),
  status: taskStatus,
  failure: z.object({ code: taskFailureCode, message: z.string() }).nullable(),
  /** Empty until it has succeeded. `download` is a path of this API, `fileName` what a browser saves it as. */
  files: z.array(storedFile.extend({ name: exportFileName, download: z.string(), fileName: z.string() })),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});
export type RunExport = z.infer<typeof runExport>;
