import type { PresetName } from '@thaw/contract/runSpec';
import type { RunSort, SortOrder } from '@thaw/contract/runs';
import type { RunStatus } from '@thaw/contract/runStatus';
import { presetNames } from './presetNames.ts';

/** Statuses as people look for them. */
export const statusGroups = {
  active: ['queued', 'launching', 'running'],
  succeeded: ['succeeded'],
  failed: ['failed'],
  cancelled: ['cancelled'],
} as const satisfies Record<string, readonly RunStatus[]>;
export type StatusGroup = keyof typeof statusGroups;
const sorts: Readonly<Record<RunSort, true>> = { created: true, finished: true, accuracy: true, duration: true, name: true };
const isSort = (text: string): text is RunSort => Object.hasOwn(sorts, text);

const isGroup = (text: string): text is StatusGroup => Object.hasOwn(statusGroups, text);

/** Which runs a list shows, and in what order. It stands in the address, so that it can be sent on and gone back to. */
export interface RunFilter {
  search: string;
  status: StatusGroup | null;
  preset: PresetName | null;
  tags: readonly string[];
  sort: RunSort;
  order: SortOrder;
}

export function readFilter(parameters: Pick<URLSearchParams, 'get' | 'getAll'>): RunFilter {
  const status = parameters.get('status') ?? '';
  const sort = parameters.get('sort') ?? '';
  return {
    search: parameters.get('search') ?? '',
    status: isGroup(status) ? status : null,
    preset: presetNames.find((name) => name === parameters.get('preset')) ?? null,
    tags: parameters.getAll('tag'),
    sort: isSort(sort) ? sort : 'created',
    order: parameters.get('order') === 'asc' ? 'asc' : 'desc',
  };
}

/** For the address of the page: only what is not as usual. */
export function writeFilter({ search, status, preset, tags, sort, order }: RunFilter): string {
  const parameters = new URLSearchParams();
  if (search !== '') parameters.set('search', search);
  if (status !== null) parameters.set('status', status);
  if (preset !== null) parameters.set('preset', preset);
  for (const tag of tags) parameters.append('tag', tag);
  if (sort !== 'created') parameters.set('sort', sort);
  if (order !== 'desc') parameters.set('order', order);
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

/** For GET /v1/runs. */
export function queryOf({ search, status, preset, tags, sort, order }: RunFilter): URLSearchParams {
  const query = new URLSearchParams({ sort, order, sparkline: 'true' });
  if (search.trim() !== '') query.set('search', search.trim());
  for (const one of status === null ? [] : statusGroups[status]) query.append('status', one);
  if (preset !== null) query.set('preset', preset);
  for (const tag of tags) query.append('tag', tag);
  return query;
}

export const isFiltered = ({ search, status, preset, tags }: RunFilter): boolean => search !== '' || status !== null || preset !== null || tags.length > 0;
