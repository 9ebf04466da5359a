interface Turn<Answer> {
  keys: Set<string>;
  answers: Promise<ReadonlyMap<string, Answer>>;
}

/** Nobody waits longer for others to be answered first. */
const patienceMilliseconds = 5;

/**
 * Makes of a question one that is asked once for all who ask it at about the same time, each thing once: while it is under way, those who
 * come gather for the next. Nobody gets an answer to a question that was sent before he asked: what has changed by then is seen.
 */
export function askTogether<Of extends object, Answer>(ask: (of: Of, keys: string[]) => Promise<ReadonlyMap<string, Answer>>): (of: Of, key: string) => Promise<Answer | undefined> {
  const gathering = new WeakMap<Of, Turn<Answer>>();
  const underWay = new WeakMap<Of, Promise<unknown>>();
  return async (of, key) => {
    const turn = gathering.get(of) ?? begin(of);
    turn.keys.add(key);
    return (await turn.answers).get(key);
  };

  function begin(of: Of): Turn<Answer> {
    const keys = new Set<string>();
    const send = (): Promise<ReadonlyMap<string, Answer>> => {
      gathering.delete(of);
      const answers = ask(of, [...keys]);
      const ended = answers.catch(() => undefined).then(() => void (underWay.get(of) === ended && underWay.delete(of)));
      underWay.set(of, ended);
      return answers;
    };
    const turn = { keys, answers: mayGo(underWay.get(of)).then(send) };
    gathering.set(of, turn);
    return turn;
  }
}

/** Resolves at the end of this turn of the event loop or, where something is under way, after that. */
function mayGo(before: Promise<unknown> | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (before === undefined) return void setImmediate(resolve);
    const timer = setTimeout(resolve, patienceMilliseconds);
    void before.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
