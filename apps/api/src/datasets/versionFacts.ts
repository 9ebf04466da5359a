import { datasetVersion, type DatasetVersionRow } from '@thaw/db/schema/datasetVersion';
import { getTableColumns } from 'drizzle-orm';

const { source: _, ...columns } = getTableColumns(datasetVersion);

/** Columns of a version but its source, which may name very many images. */
export const withoutSource = columns;
export type VersionFacts = Omit<DatasetVersionRow, 'source'>;
