'use client';

import type { ComponentProps } from 'react';
import PageError from './(app)/error.tsx';

/** The same where there is no frame of the dashboard around it. */
export default function BareError(props: ComponentProps<typeof PageError>) {
  return (
    <main>
      <PageError {...props} />
    </main>
  );
}
