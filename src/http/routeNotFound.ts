import type { FastifyInstance } from 'fastify';
import { CodedError } from '../domain/errors.js';
import { sendProblem } from './problems.js';

interface KnownPath {
  readonly matches: RegExp;
  readonly methods: Set<string>;
}

/** 404 for addresses that are none of ours, 405 with `Allow` for those of ours that take another method. */
export function addRouteNotFound(app: FastifyInstance): void {
  const paths = new Map<string, KnownPath>();
  app.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return;
    const path = paths.get(url) ?? { matches: patternOf(url), methods: new Set() };
    for (const name of [method].flat()) path.methods.add(name);
    paths.set(url, path);
  });

  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.raw.url?.split('?', 1) ?? [];
    const methods = new Set<string>();
    let pattern: string | undefined;
    for (const [url, known] of paths) {
      if (!known.matches.test(path)) continue;
      pattern ??= url;
      for (const name of known.methods) methods.add(name);
    }
    if (methods.size === 0 || methods.has(request.method)) {
      return sendProblem(
        request,
        reply,
        new CodedError('not-found', 'No route of this server has this address.'),
      );
    }
    const allow = [...methods].sort().join(', ');
    reply.header('allow', allow);
    return sendProblem(
      request,
      reply,
      new CodedError('method-not-allowed', `Use one of: ${allow}.`),
      pattern,
    );
  });
}

/** `/v1/profiles/:userId` → any one segment in the place of the parameter. */
function patternOf(url: string): RegExp {
  const segments = url
    .split('/')
    .map((segment) =>
      segment.startsWith(':') ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`),
    );
  return new RegExp(`^${segments.join('/')}$`);
}
