import { datasetVersion, type DatasetVersionRow } from '@thaw/db/schema/datasetVersion';
import { getTableColumns } from 'drizzle-orm';

export type VersionFacts = Omit<DatasetVersionRow, 'source'>;

const allButSource = <T extends { source: unknown }>({ source: _, ...others }: T): Omit<T, 'source'> => others;

/** Columns of a version but its source, which may name very many images. */
export const withoutSource = allButSource(getTableColumns(datasetVersion));
