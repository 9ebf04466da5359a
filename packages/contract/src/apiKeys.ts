import { z } from 'zod';

/** What a key may do. `worker` keys claim runs and can do nothing else. */
export const apiScope = z.enum(['read', 'runs', 'datasets', 'admin', 'worker']);
export type ApiScope = z.infer<typeof apiScope>;
