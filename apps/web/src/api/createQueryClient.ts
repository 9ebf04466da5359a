import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './ApiError.ts';
import { goToSignIn } from './goToSignIn.ts';

function onError(error: Error): void {
  if (error instanceof ApiError && error.status === 401) goToSignIn();
}

/** Answers are shown at once from memory and asked for again behind; what the API refuses is not tried again. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => failures < 3 && (!(error instanceof ApiError) || error.status >= 500 || error.status === 429),
      },
    },
  });
}
