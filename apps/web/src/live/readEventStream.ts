import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { ApiError } from '../api/ApiError.ts';
import { readProblem } from '../api/callApi.ts';

/** Longest message that is taken, in characters. */
const maxMessage = 16 * 2 ** 20;
/** The server says something every 15 s: after so many milliseconds of silence the connection is dead. */
const silence = 40_000;

export interface StreamPosition {
  lastEventId: string;
  /** How long to wait before connecting again, as the server wishes. */
  retryMilliseconds: number;
}

/**
 * One connection to an event stream of the API, message by message; moves `position` along.
 * @returns whether it is over for good: there is nothing after what was seen
 * @throws ApiError where the API refuses, and other errors where the connection breaks
 */
export async function* readEventStream(path: string, position: StreamPosition, signal: AbortSignal): AsyncGenerator<EventSourceMessage, boolean> {
  const silent = new AbortController();
  const listen = () => setTimeout(() => silent.abort(new Error('the stream fell silent')), silence);
  let timer = listen();
  try {
    const answer = await fetch(`/api${path}`, {
      headers: { accept: 'text/event-stream', ...(position.lastEventId !== '' && { 'last-event-id': position.lastEventId }) },
      signal: AbortSignal.any([signal, silent.signal]),
      cache: 'no-store',
    });
    if (answer.status === 204) return true;
    if (!answer.ok) throw await readProblem(answer);
    if (answer.body === null) throw new ApiError(0, { detail: 'the stream is empty' });
    const messages: EventSourceMessage[] = [];
    const parser = createParser({
      maxBufferSize: maxMessage,
      onEvent: (message) => void messages.push(message),
      onRetry: (milliseconds) => void (position.retryMilliseconds = Math.min(milliseconds, 15_000)),
    });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return false;
      clearTimeout(timer);
      timer = listen();
      parser.feed(value);
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
