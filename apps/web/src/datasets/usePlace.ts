'use client';

import { useSearchParams } from 'next/navigation';

/** What of a data set is shown: it stands in the address, so that it can be sent to others and survives a reload. */
export interface Place {
  tab: string | null;
  version: number | null;
  split: string | null;
  class: string | null;
  issue: string | null;
}

type Changes = { [Name in keyof Place]?: Place[Name] | undefined };

export function usePlace(): [Place, (changes: Changes) => void] {
  const params = useSearchParams();
  const version = Number(params.get('version'));
  const place: Place = {
    tab: params.get('tab'),
    version: Number.isInteger(version) && version > 0 ? version : null,
    split: params.get('split'),
    class: params.get('class'),
    issue: params.get('issue'),
  };
  const go = (changes: Changes): void => {
    const next = new URLSearchParams(window.location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === undefined) next.delete(name);
      else next.set(name, String(value));
    }
    const query = next.toString();
    window.history.replaceState(null, '', query === '' ? window.location.pathname : `?${query}`);
  };
  return [place, go];
}
