import { z } from 'zod';

/** Kinds of API errors: the last part of a problem's `type`, and its HTTP status. Stable: clients may rely on them. */
export const problemKinds = {
  'invalid-request': 400,
  unauthorized: 401,
  forbidden: 403,
  'quota-exceeded': 403,
  'not-found': 404,
  conflict: 409,
  'stale-attempt': 409,
  'precondition-failed': 412,
  'payload-too-large': 413,
  'unsupported-media-type': 415,
  'validation-failed': 422,
  'too-many-requests': 429,
  'internal-error': 500,
  unavailable: 503,
} as const;
export type ProblemKind = keyof typeof problemKinds;

/** RFC 9457 problem details (application/problem+json). */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** A sentence that says what to do. */
  detail: z.string(),
  /** For validation: each fault with the path of its field, such as `schedule.epochs`. */
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  requestId: z.string().optional(),
});
export type Problem = z.infer<typeof problem>;

export const problemType = (kind: ProblemKind): string => `urn:thaw:problem:${kind}`;
