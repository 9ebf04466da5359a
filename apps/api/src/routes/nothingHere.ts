import type { Context as HonoContext } from 'hono';
import { ApiError, notFound } from '../errors.ts';
import { documentPath } from '../openapi/addReference.ts';
import type { App, AppEnv } from './httpContext.ts';
import { problemResponse } from './problemResponse.ts';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** For requests that no route takes: whether the path is unknown or only the method, and then which there are. */
export const nothingHere = (app: App) => (c: HonoContext<AppEnv>) => {
  // Middleware is registered for all methods, a route for one.
  const allowed = methods.filter((method) => app.router.match(method, c.req.path)[0].some(([[, route]]) => route.method === method));
  if (allowed.length === 0) return problemResponse(c, notFound('such path', `GET ${documentPath} describes every path.`));
  const list = allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  c.header('allow', list);
  return problemResponse(c, new ApiError('method-not-allowed', `This path takes ${list} and no other method.`));
};
