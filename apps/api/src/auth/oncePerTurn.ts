/**
 * Makes of a question one that is asked once for all who ask within a turn of the event loop, each thing once. Nobody gets an answer
 * to a question that was sent before he asked: what has changed by then is seen.
 */
export function oncePerTurn<Of extends object, Answer>(ask: (of: Of, keys: string[]) => Promise<ReadonlyMap<string, Answer>>): (of: Of, key: string) => Promise<Answer | undefined> {
  const gathering = new WeakMap<Of, { keys: Set<string>; answers: Promise<ReadonlyMap<string, Answer>> }>();
  return async (of, key) => {
    const turn = gathering.get(of) ?? begin(of);
    turn.keys.add(key);
    return (await turn.answers).get(key);
  };

  function begin(of: Of) {
    const keys = new Set<string>();
    const answers = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      gathering.delete(of);
      return ask(of, [...keys]);
    });
    const turn = { keys, answers };
    gathering.set(of, turn);
    return turn;
  }
}
