import { z } from 'zod';

/** Kinds of API errors: the last part of a problem's `type`, and its HTTP status. Stable: clients may rely on them. */
export const problemKinds = {
  'invalid-request': 400,
  unauthorized: 401,
  forbidden: 403,
  'quota-exceeded': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'stale-attempt': 409,
  'precondition-failed': 412,
  'payload-too-large': 413,
  'unsupported-media-type': 415,
  'validation-failed': 422,
  'too-many-requests': 429,
  'headers-too-large': 431,
  'internal-error': 500,
  /** This host does not do that; another way is named. */
  'not-here': 501,
  unavailable: 503,
  /** It is being made; Retry-After says when to ask again. */
  'not-ready': 503,
} as const;
export type ProblemKind = keyof typeof problemKinds;

/** RFC 9457 problem details (application/problem+json). */
export const problem = z
  .object({
    type: z.string().describe('Stable, such as `urn:thaw:problem:not-found`'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('A sentence that says what to do'),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('For validation: each fault with the path of its field, such as `schedule.epochs`'),
    requestId: z.string().optional().describe('Under which the log has it'),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;

export const problemType = (kind: ProblemKind): string => `urn:thaw:problem:${kind}`;
