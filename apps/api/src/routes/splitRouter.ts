import type { Result, Router } from 'hono/router';
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { SmartRouter } from 'hono/router/smart-router';
import { TrieRouter } from 'hono/router/trie-router';

const quickest = <T>(): Router<T> => new SmartRouter<T>({ routers: [new RegExpRouter(), new TrieRouter()] });

/**
 * Hono's routers, one for the calls of workers and one for all others: the quick one knows no `claim` beside `:id`, as workers' paths have,
 * and would leave every path to the slow one.
 */
export function splitRouter<T>(): Router<T> {
  const [workers, others] = [quickest<T>(), quickest<T>()];
  const isWorkers = (path: string): boolean => path.startsWith('/worker/');
  return {
    name: 'SplitRouter',
    add: (method, path, handler) => {
      if (path === '*' || path === '/*') for (const router of [workers, others]) router.add(method, path, handler);
      else (isWorkers(path) ? workers : others).add(method, path, handler);
    },
    match: (method, path): Result<T> => (isWorkers(path) ? workers : others).match(method, path),
  };
}
