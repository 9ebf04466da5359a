'use client';

import { useSyncExternalStore } from 'react';
import { uploadStore } from './uploadStore.ts';
import type { UploadTask } from './UploadTask.ts';

/** The uploads that this page sends, as they are now. */
export function useUploads(): readonly UploadTask[] {
  useSyncExternalStore(uploadStore.subscribe, uploadStore.snapshot, () => 0);
  return uploadStore.tasks;
}
