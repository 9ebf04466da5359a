import type { Dataset } from '@thaw/contract/datasets';

/** Addresses of some small pictures of a data set, from all over its largest part; none while nothing is ready. */
export function samplePictures({ id, version, splits }: Dataset, count: number): string[] {
  const [largest] = [...splits].sort((a, b) => b.images - a.images);
  if (version === null || largest === undefined) return [];
  const { split, images } = largest;
  const rows = new Set(Array.from({ length: Math.min(count, images) }, (_, i) => Math.floor(((i + 0.5) * images) / Math.min(count, images))));
  return [...rows].map((row) => `/api/v1/datasets/${encodeURIComponent(id)}/versions/${version}/images/${split}/${row}/thumbnail`);
}
