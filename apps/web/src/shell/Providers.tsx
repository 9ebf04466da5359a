'use client';

import { QueryClientProvider } from '@tanstack/react-query';
import { Tooltip } from 'radix-ui';
import { useState, type ReactNode } from 'react';
import { Toaster } from 'sonner';
import { createQueryClient } from '../api/createQueryClient.ts';

export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(createQueryClient);
  return (
    <QueryClientProvider client={client}>
      <Tooltip.Provider delayDuration={300} skipDelayDuration={100}>
        {children}
      </Tooltip.Provider>
      <Toaster
        position="bottom-right"
        toastOptions={{
          unstyled: true,
          classNames: {
            toast: 'flex w-full items-start gap-3 rounded-lg border border-line bg-raised p-3 text-sm text-ink shadow-pop',
            title: 'font-medium',
            description: 'text-muted',
            actionButton: 'ml-auto rounded-md bg-accent px-2 py-1 text-xs font-medium text-on-accent',
            icon: 'mt-0.5',
          },
        }}
      />
    </QueryClientProvider>
  );
}
