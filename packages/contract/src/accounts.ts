import { z } from 'zod';

/** An administrator looks after other people too: users, invitations, quotas, workers. */
export const userRole = z.enum(['user', 'administrator']);
export type UserRole = z.infer<typeof userRole>;
