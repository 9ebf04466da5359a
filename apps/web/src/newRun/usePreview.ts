import type { Preview } from '@thaw/contract/previews';
import type { RunSpec } from '@thaw/contract/runSpec';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { callApi } from '../api/callApi.ts';

/** Rows and, beside the image as it is, columns. */
const images = 5;
const draws = 6;
/** Typing is over. */
const settledMilliseconds = 700;
const pollMilliseconds = 700;

/** What the augmentation of a recipe makes of real images, rendered by the trainer's own graph; made anew when what it depends on has changed. */
export function usePreview({ preset, data, seed }: RunSpec) {
  const spec = useSettled(JSON.stringify({ preset, data, seed }));
  return useQuery({
    queryKey: ['preview', spec],
    queryFn: async ({ signal }) => {
      let preview = await callApi<Preview>('/v1/previews', { method: 'POST', body: { spec: JSON.parse(spec) as unknown, images, draws }, signal });
      while (preview.status !== 'succeeded' && preview.status !== 'failed') {
        await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
        preview = await callApi<Preview>(`/v1/previews/${preview.id}`, { signal });
      }
      return preview;
    },
    staleTime: Infinity,
    retry: false,
  });
}

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), settledMilliseconds);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
