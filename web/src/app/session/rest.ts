import { HubError } from '../../hub';
import type { ErrorShape } from '../../hub';

/** The HTTP door: JSON in and out, refusals as `HubError`, every wait bounded. */

const TIMEOUT_MS = 15_000;

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

interface Problem {
  code?: ErrorShape['code'];
  title?: string;
  detail?: string;
  retryable?: boolean;
  after_ms?: number | null;
  details?: Record<string, unknown> | null;
  instance?: string;
}

function refusalOf(status: number, problem: Problem): HubError {
  return new HubError({
    code: problem.code ?? (status >= 500 ? 'internal' : 'invalid'),
    message: problem.detail ?? problem.title ?? '',
    retryable: problem.retryable ?? status >= 500,
    after_ms: problem.after_ms ?? null,
    details: problem.details ?? {},
    ref: problem.instance ?? '',
  });
}

function unreachable(code: 'timeout' | 'disconnected'): HubError {
  return new HubError({ code, message: '', retryable: true });
}

export async function send<R>(method: Method, path: string, body?: unknown, token?: string): Promise<R> {
  const headers: Record<string, string> = { 'X-Carewire': '1', Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token !== undefined) headers['Authorization'] = `Bearer ${token}`;
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw unreachable(error instanceof DOMException && error.name === 'TimeoutError' ? 'timeout' : 'disconnected');
  }
  const text = await response.text();
  if (!response.ok) throw refusalOf(response.status, parsed(text) as Problem);
  return parsed(text) as R;
}

function parsed(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return {}; // A proxy's own page instead of JSON: the status says enough.
  }
}
