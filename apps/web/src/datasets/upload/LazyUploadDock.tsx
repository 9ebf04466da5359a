'use client';

import dynamic from 'next/dynamic';
import { useSyncExternalStore } from 'react';
import { uploadsBegun } from './uploadsBegun.ts';

const UploadDock = dynamic(() => import('./UploadDock.tsx').then((module) => module.UploadDock), { ssr: false });

/** Loaded once something is uploaded: before that there is nothing to show. */
export function LazyUploadDock() {
  const begun = useSyncExternalStore(uploadsBegun.subscribe, uploadsBegun.snapshot, () => false);
  return begun && <UploadDock />;
}
