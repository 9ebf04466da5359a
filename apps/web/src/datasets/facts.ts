import type { Dataset, DatasetVersion, IngestProgress } from '@thaw/contract/datasets';
import type { ReportEntry } from '@thaw/contract/report';

export const countImages = ({ splits }: Pick<Dataset, 'splits'>): number => splits.reduce((sum, { images }) => sum + images, 0);

/** How much of the archive, or of the packs that are edited, is done: from 0 to 1. */
export const fractionOf = ({ bytesRead, bytesTotal }: IngestProgress): number => (bytesTotal === 0 ? 0 : Math.min(1, bytesRead / bytesTotal));

const order = ['error', 'warning', 'info'] as const;

/** The gravest first. */
export const bySeverity = (report: readonly ReportEntry[]): ReportEntry[] => order.flatMap((severity) => report.filter((entry) => entry.severity === severity));

export const hasEnded = (status: DatasetVersion['status']): boolean => ['ready', 'failed', 'cancelled'].includes(status);
