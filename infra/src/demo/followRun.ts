import { trainerEvent, type TrainerEvent } from '@thaw/contract/events';
import { problem } from '@thaw/contract/problems';
import { streamMessages, type Run } from '@thaw/contract/runs';
import type { RunStatus } from '@thaw/contract/runStatus';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { ApiProblem, type ApiAccess } from './apiClient.ts';

export type RunMessage =
  | { type: 'run'; run: Run }
  | { type: 'batch'; attempt: number; events: TrainerEvent[] }
  | { type: 'end'; status: RunStatus }
  /** The stream broke off; it is opened again after `milliseconds`, from where it stood. */
  | { type: 'reconnecting'; reason: string; milliseconds: number };

export interface FollowOptions extends ApiAccess {
  runId: string;
  signal: AbortSignal;
  /** Silence after which a stream counts as dead; the server says something every 15 s. */
  silenceMilliseconds?: number;
}

const maxMessage = 16 * 2 ** 20;

/**
 * Follows a run to its end over server-sent events, across any number of broken connections: each begins after the last batch
 * that was seen. Ends after `end`. @throws ApiProblem where the API refuses, and the signal's reason when it is aborted.
 */
export async function* followRun(options: FollowOptions): AsyncGenerator<RunMessage> {
  const { signal } = options;
  const position = { lastEventId: '', retryMilliseconds: 1000 };
  for (let failures = 0; ; failures++) {
    let reason = 'the stream ended too early';
    try {
      for await (const message of readStream(options, position)) {
        failures = 0;
        const known = interpret(message);
        if (known === null) continue;
        yield known;
        if (known.type === 'end') return;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ApiProblem && error.status < 500 && error.status !== 429) throw error;
      reason = describe(error);
    }
    signal.throwIfAborted();
    const milliseconds = Math.min(position.retryMilliseconds * 2 ** Math.min(failures, 5), 15_000);
    yield { type: 'reconnecting', reason, milliseconds };
    await pause(milliseconds, signal);
  }
}

/** One connection, message by message. Moves `position` along. */
async function* readStream(options: FollowOptions, position: { lastEventId: string; retryMilliseconds: number }): AsyncGenerator<EventSourceMessage> {
  const { url, key, runId, signal, silenceMilliseconds = 60_000 } = options;
  const silent = new AbortController();
  const listen = (): NodeJS.Timeout => setTimeout(() => silent.abort(new Error('the stream fell silent')), silenceMilliseconds);
  let timer = listen();
  try {
    const reply = await fetch(`${url}/v1/runs/${encodeURIComponent(runId)}/events`, {
      headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream', ...(position.lastEventId !== '' && { 'last-event-id': position.lastEventId }) },
      signal: AbortSignal.any([signal, silent.signal]),
    });
    if (!reply.ok || reply.body === null) {
      const answer = problem.safeParse(await reply.json().catch(() => null)).data;
      throw new ApiProblem(reply.status, answer?.detail ?? `The API answered with status ${reply.status}.`);
    }
    const messages: EventSourceMessage[] = [];
    const parser = createParser({
      maxBufferSize: maxMessage,
      onEvent: (message) => void messages.push(message),
      onRetry: (milliseconds) => void (position.retryMilliseconds = Math.min(milliseconds, 15_000)),
    });
    for await (const text of reply.body.pipeThrough(new TextDecoderStream())) {
      clearTimeout(timer);
      timer = listen();
      parser.feed(text);
      for (const message of messages.splice(0)) {
        yield message;
        // Only once it was taken: what breaks in between is sent again.
        if (message.id !== undefined) position.lastEventId = message.id;
      }
    }
  } finally {
    clearTimeout(timer);
    silent.abort();
  }
}

/**
 * A message in the contract's terms; null for kinds that a newer API may have. Events that are not known are left out.
 * @throws ApiProblem for one that breaks the contract: it would be the same after connecting again
 */
function interpret({ event, data }: EventSourceMessage): RunMessage | null {
  try {
    return read(event, JSON.parse(data));
  } catch (error) {
    throw new ApiProblem(200, `A message "${event}" of the event stream is not what the contract says: ${describe(error)}`);
  }
}

function read(event: string | undefined, json: unknown): RunMessage | null {
  switch (event) {
    case 'run':
      return { type: 'run', run: streamMessages.run.parse(json) };
    case 'batch': {
      const { attempt, events } = streamMessages.batch.parse(json);
      return { type: 'batch', attempt, events: events.flatMap((one) => trainerEvent.safeParse(one).data ?? []) };
    }
    case 'end':
      return { type: 'end', status: streamMessages.end.parse(json).status };
    default:
      return null;
  }
}

/** fetch says "fetch failed" or "terminated" and keeps the reason in its cause. */
function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
  signal.throwIfAborted();
}
