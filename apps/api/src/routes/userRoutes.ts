import { createRoute } from '@hono/zod-openapi';
import { changeUserRequest, createInvitationRequest, invitation, madeInvitation, userOverview } from '@thaw/contract/accounts';
import { page } from '@thaw/contract/runs';
import { changeUser } from '../accounts/changeUser.ts';
import { createInvitation } from '../accounts/createInvitation.ts';
import { deleteInvitation } from '../accounts/deleteInvitation.ts';
import { listInvitations } from '../accounts/listInvitations.ts';
import { listUsers } from '../accounts/listUsers.ts';
import { administrators } from './authenticate.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';
import { idParameter, pageQuery, searchText } from './parameters.ts';

const routes = {
  list: createRoute({
    method: 'get',
    path: '/v1/users',
    summary: 'Everyone, in the order in which they came',
    description: '`search` looks for a part of the name or the address, in any case. For administrators.',
    middleware: [administrators] as const,
    request: { query: pageQuery.extend({ search: searchText.optional() }) },
    responses: { 200: json(page(userOverview), 'A page'), ...problems },
  }),
  change: createRoute({
    method: 'patch',
    path: '/v1/users/{id}',
    summary: 'Give someone another role, shut them out or let them in again',
    description: 'The keys and sessions of who is disabled open nothing from the next request on; their runs go on. There is always an administrator left. For administrators.',
    middleware: [administrators, jsonBody] as const,
    request: { params: idParameter, body: jsonRequest(changeUserRequest) },
    responses: { 200: json(userOverview, 'As they are now'), ...problems },
  }),
  invite: createRoute({
    method: 'post',
    path: '/v1/invitations',
    summary: 'Invite someone to sign up',
    description: 'The answer is the only one that ever shows the token. With `email` it is for that address alone, and goes there by mail where mails are sent. For administrators.',
    middleware: [administrators, jsonBody] as const,
    request: { body: jsonRequest(createInvitationRequest) },
    responses: { 201: json(madeInvitation, 'The invitation'), ...problems },
  }),
  invitations: createRoute({
    method: 'get',
    path: '/v1/invitations',
    summary: 'Invitations, newest first',
    description: 'Those that expired go a month later. For administrators.',
    middleware: [administrators] as const,
    request: { query: pageQuery },
    responses: { 200: json(page(invitation), 'A page'), ...problems },
  }),
  uninvite: createRoute({
    method: 'delete',
    path: '/v1/invitations/{id}',
    summary: 'Take an invitation back',
    description: 'For administrators.',
    middleware: [administrators] as const,
    request: { params: idParameter },
    responses: { 204: { description: 'It opens nothing any more' }, ...problems },
  }),
};

/** What administrators do for other people. */
export function addUserRoutes(app: App): void {
  app.openapi(routes.list, async (c) => c.json(await listUsers(ownerContext(c), c.req.valid('query')), 200));
  app.openapi(routes.change, async (c) => c.json(await changeUser(ownerContext(c), { ...c.req.valid('param'), ...c.req.valid('json') }), 200));
  app.openapi(routes.invite, async (c) => c.json(await createInvitation(ownerContext(c), c.get('accounts'), c.req.valid('json')), 201));
  app.openapi(routes.invitations, async (c) => c.json(await listInvitations(ownerContext(c), c.req.valid('query')), 200));
  app.openapi(routes.uninvite, async (c) => {
    await deleteInvitation(ownerContext(c), c.req.valid('param'));
    return c.body(null, 204);
  });
}
