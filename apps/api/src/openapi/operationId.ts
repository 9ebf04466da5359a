interface Named {
  method: string;
  /** As OpenAPI has it: /v1/runs/{id}/metrics. */
  path: string;
  /** Whether the answer is a list, by its schema. */
  isList: boolean;
  /** Whether what is posted to the path is one more of what it lists. */
  isCollection: boolean;
}

/** A name for an operation, made of its address, for clients that are generated: `listRuns`, `getRunMetrics`, `cancelRun`. Stable as long as the address is. */
export function operationId({ method, path, isList, isCollection }: Named): string {
  const segments = path.split('/').slice(2);
  if (!path.startsWith('/v1/')) return segments.map(pascal).join('').replace(/^./, (letter) => letter.toLowerCase());
  const nouns = segments.flatMap((segment, at) => (isParameter(segment) ? [] : [isParameter(segments[at + 1] ?? '') ? singular(pascal(segment)) : pascal(segment)]));
  const last = nouns.at(-1) ?? '';
  const before = nouns.slice(0, -1).join('');
  const all = nouns.join('');
  switch (method) {
    case 'get':
      return `${isList ? 'list' : 'get'}${all}`;
    case 'post':
      return isCollection ? `create${before}${singular(last)}` : `${last.charAt(0).toLowerCase()}${last.slice(1)}${before}`;
    case 'put':
      return `set${all}`;
    case 'patch':
      return `change${all}`;
    default:
      return `${method}${all}`;
  }
}

const isParameter = (segment: string): boolean => segment.startsWith('{');
const pascal = (segment: string): string => segment.replace(/(?:^|[-_.])(\w)/g, (_, letter: string) => letter.toUpperCase());
const singular = (noun: string): string => (noun.endsWith('ies') ? `${noun.slice(0, -3)}y` : noun.replace(/s$/, ''));
