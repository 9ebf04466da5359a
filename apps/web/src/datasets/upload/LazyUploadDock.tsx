'use client';

import dynamic from 'next/dynamic';

/** Loaded behind the page: there is nothing to show before someone uploads. */
export const LazyUploadDock = dynamic(() => import('./UploadDock.tsx').then((module) => module.UploadDock), { ssr: false });
