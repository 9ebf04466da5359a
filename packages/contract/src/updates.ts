import { z } from 'zod';

/**
 * Answer of GET /v1/runs/:id/updates and /v1/datasets/:id/versions/:version/updates: the messages of the event stream beside it, for those
 * who cannot hold a stream open. `data` is what the stream has as JSON in its field `data`.
 */
export const updates = z.object({
  messages: z.array(z.object({ event: z.enum(['run', 'batch', 'version', 'end']), id: z.string().nullable(), data: z.unknown() })),
  /** What to send as `after` next time, or as Last-Event-ID to the stream. */
  after: z.string(),
  /** Whether nothing will follow. Until then more may come, or be there already: the size of an answer is bounded. */
  ended: z.boolean(),
});
