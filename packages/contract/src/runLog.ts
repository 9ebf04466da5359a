import { z } from 'zod';
import { trainerEvent } from './events.ts';

/** GET /v1/runs/:id/logs: what a run said besides its measurements, which GET /v1/runs/:id/metrics has. */

export const loggedEventType = z.enum(['started', 'phase', 'panel', 'checkpoint', 'log', 'finished']);
type LoggedEventType = z.infer<typeof loggedEventType>;

/** Without panels, which are many times as large as all else. */
const usually: readonly LoggedEventType[] = loggedEventType.options.filter((type) => type !== 'panel');

const anyType = loggedEventType.options.join('|');
const isType = (text: string): text is LoggedEventType => loggedEventType.safeParse(text).success;

export const runLogQuery = z.object({
  types: z
    .string()
    .regex(new RegExp(`^(${anyType})(,(${anyType}))*$`), `Give types with commas between, of ${loggedEventType.options.join(', ')}.`)
    .max(200)
    .transform((text) => [...new Set(text.split(','))].filter(isType))
    .default([...usually])
    .meta({ description: 'Types of events with commas between. Without it, all but panels' }),
  after: z
    .string()
    .regex(/^\d{1,15}$/, 'is the `after` of an earlier answer')
    .default('0')
    .meta({ description: 'Only what was said after this: the `after` of an earlier answer' }),
});
export type RunLogQuery = z.infer<typeof runLogQuery>;

export const runLog = z.object({
  /** In the order in which they were said. What an attempt voided that went on from an earlier step is left out, messages are not. */
  items: z.array(z.object({ attempt: z.number().int(), at: z.iso.datetime(), event: trainerEvent })),
  /** Up to where this is all. Also what to send to the event stream as Last-Event-ID, so that it goes on from here. */
  after: z.string(),
  /** Whether that is all there was. If not, ask again with `after`. */
  complete: z.boolean(),
});
export type RunLog = z.infer<typeof runLog>;
