import type { NextRequest } from 'next/server';
import { forwardToApi } from '../../../api/forwardToApi.ts';
import { readEnvironment } from '../../../environment.ts';

export const dynamic = 'force-dynamic';

const forward = (request: NextRequest): Promise<Response> => forwardToApi(request, readEnvironment().apiUrl);

export { forward as DELETE, forward as GET, forward as HEAD, forward as OPTIONS, forward as PATCH, forward as POST, forward as PUT };
