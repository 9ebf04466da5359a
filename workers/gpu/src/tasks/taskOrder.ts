import type { DatasetManifest } from '@thaw/contract/datasets';
import type { ExportCompanion, ExportFormat } from '@thaw/contract/exports';
import type { RunSpec } from '@thaw/contract/runSpec';
import type { TaskFailureCode } from '@thaw/contract/taskFailures';
import type { TaskFileName, TaskFindings } from '@thaw/contract/tasks';

/** What a run starts from. */
export interface UntunedModel {
  spec: RunSpec;
  manifest: Pick<DatasetManifest, 'classes' | 'height' | 'width'>;
  weights: string | null;
  /** Folder of packs, where the normalisation is measured on them. */
  data: string | null;
  /** Receives the model. */
  folder: string;
}

/** A task whose parts are all on this machine. */
export type TaskOrder =
  | { kind: 'export'; model: string | UntunedModel; format: ExportFormat; companions: ExportCompanion[]; out: string }
  | { kind: 'preview'; spec: RunSpec; data: string; out: string; images: number; draws: number };

export interface TaskDone {
  files: { name: TaskFileName; path: string }[];
  findings: TaskFindings;
}

/** What comes back of an order, from the process that worked on it. */
export type TaskReply = { done: TaskDone } | { failed: { code: TaskFailureCode; message: string } };
