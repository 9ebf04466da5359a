/** Makes of some work one that is never under way twice: a call meanwhile causes one more turn after this one, and waits for that. */
export function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let busy: Promise<void> | undefined;
  let again = false;
  const turns = async (): Promise<void> => {
    do {
      again = false;
      await work();
    } while (again);
  };
  return () => {
    if (busy !== undefined) {
      again = true;
      return busy;
    }
    busy = turns().finally(() => {
      busy = undefined;
    });
    return busy;
  };
}
