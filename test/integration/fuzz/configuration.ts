import { requestFor } from '../access/requests.ts';
import { isPublic, parametersOf, routesUnder } from '../access/routes.ts';
import type { World } from '../access/world.ts';

/**
 * What Schemathesis is told. Its document says which requests have the right form; whether they can be met (an address that a webhook
 * may have, a cursor that a page ended with, a recipe that fits its data) only the API knows, and answers 422 or 409.
 */
const checks = `
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "401", "403", "404", "409", "412", "415", "422", "429"]

[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "429", "431"]
`;

/** No worker is there, so files that one makes are never ready. */
const notReady = /\/(predict|picture|checkpoints|exports)(\/|$)/;

/** Real ids of an administrator's things for routes that read or add, so that more is met than 404. */
export async function configurationFor(world: World): Promise<string> {
  const parts = [checks];
  for (const route of routesUnder(world.api, '/v1/')) {
    // Those with a closed list of values it makes itself, and takes an answer to another value for a fault.
    const named = parametersOf(route.path).filter((name) => !['split', 'size'].includes(name));
    if (isPublic(route) || named.length === 0 || !['GET', 'POST'].includes(route.method)) continue;
    const { path = {} } = await requestFor(world, route, world.root);
    const values = named.map((name) => `"path.${name}" = ${JSON.stringify(path[name] ?? '')}`);
    const described = route.path.replace(/:(\w+)/g, '{$1}');
    parts.push(`[[operations]]\ninclude-name = ${JSON.stringify(`${route.method} ${described}`)}\nparameters = { ${values.join(', ')} }`);
    if (notReady.test(route.path)) {
      const statuses = '["2xx", "3xx", "4xx", "503"]';
      parts.push(['not_a_server_error', 'positive_data_acceptance', 'negative_data_rejection'].map((check) => `checks.${check}.expected-statuses = ${statuses}`).join('\n'));
    }
  }
  return parts.join('\n');
}
