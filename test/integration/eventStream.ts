export interface Message {
  event: string;
  id: string | undefined;
  data: unknown;
}

/** A reader of server-sent events that sends its key in a header. `ended` resolves when the server closes the stream. */
export async function followEvents(url: string, path: string, key: string, lastEventId?: string) {
  const gone = new AbortController();
  const headers = { authorization: `Bearer ${key}`, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) };
  const response = await fetch(url + path, { headers, signal: gone.signal });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  const messages: Message[] = [];
  const read = async (): Promise<void> => {
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
        const event = fields.get('event');
        if (event !== undefined) messages.push({ event, id: fields.get('id'), data: JSON.parse(fields.get('data') ?? '') });
      }
    }
  };
  const ended = read().catch(() => undefined);
  return {
    response,
    messages,
    ended,
    leave: async () => {
      gone.abort();
      await ended;
    },
  };
}
