import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import type { ChannelMessage, ChannelOutcome } from '../../commands/channel.js';
import { isMailAddress, mailboxOf, mailContentOf } from './mailContent.js';
import {
  accepted,
  type CallLimits,
  invalidAddress,
  later,
  type ProviderChannel,
  ProviderFault,
  providerChannel,
} from './providerChannel.js';
import { neverConnected } from './providerRequest.js';

export interface SmtpOptions {
  /** `smtps://` is TLS from the start, `smtp://` has to become so by STARTTLS. May hold a password. */
  readonly url: URL;
  /** False for a server on this machine alone. */
  readonly requiresTls: boolean;
  /** An address, with or without a name. */
  readonly from: string;
  readonly now: () => number;
  readonly limits?: Partial<CallLimits>;
}

/** Connections that are kept open; no more messages are under way at the same time. */
const connections = 5;
/** Milliseconds for each step, so that a server that has gone silent is found out before the message's own time is over. */
const stepTimeout = 8000;

/** E-mail over one SMTP server. A message sent twice carries the same Message-ID. */
export function smtpChannel({ url, requiresTls, from, now, limits }: SmtpOptions): ProviderChannel {
  const isSecure = url.protocol === 'smtps:';
  const transport = createTransport({
    pool: true,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isSecure ? 465 : 587) : Number(url.port),
    secure: isSecure,
    requireTLS: requiresTls && !isSecure,
    ignoreTLS: !requiresTls,
    ...(url.username !== '' && {
      auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
    }),
    maxConnections: connections,
    // Whether a message whose connection broke has gone out is not for the library to guess.
    maxRequeues: 0,
    connectionTimeout: stepTimeout,
    greetingTimeout: stepTimeout,
    socketTimeout: stepTimeout,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // Without a listener an idle connection's failure would end the process.
  transport.on('error', () => undefined);
  const { address: sender } = mailboxOf(from);
  const domain = sender.slice(sender.lastIndexOf('@') + 1);

  async function deliver(message: ChannelMessage, signal: AbortSignal): Promise<ChannelOutcome> {
    const { address } = message;
    if (!isMailAddress(address)) return invalidAddress;
    const { subject, text, html, headers } = mailContentOf(message);
    const messageId = messageIdOf(message, domain);
    try {
      await transport.sendMail({
        from,
        to: { name: '', address },
        subject,
        text,
        html,
        messageId,
        date: new Date(now()),
        headers: { ...headers },
        signal,
      });
      return accepted(messageId);
    } catch (error) {
      return outcomeOfSmtp(error);
    }
  }

  const description = {
    channel: 'email',
    provider: 'smtp',
    addressedBy: 'email',
    deduplicates: false,
  } as const;
  return providerChannel(
    { ...description, now, limits: { concurrency: connections, ...limits } },
    deliver,
    () => transport.close(),
  );
}

/** The same for the same message; its key is not to be read in it. */
function messageIdOf({ tenantId, idempotencyKey }: ChannelMessage, domain: string): string {
  const hash = createHash('sha256').update(`${tenantId}\n${idempotencyKey}`).digest('hex').slice(0, 32);
  return `<${hash}@${domain}>`;
}

/** Steps after which the server may have taken the message though its answer never came. */
const lastSteps: ReadonlySet<unknown> = new Set(['DATA', 'CONN']);
/** Failures before anything was said of a message. */
const beforeMessage: ReadonlySet<unknown> = new Set([
  'EDNS',
  'ETLS',
  'connect',
  'getaddrinfo',
  'CONNECT_TIMEOUT',
  'GREETING_TIMEOUT',
  'UPGRADE_TIMEOUT',
]);
const credentials: ReadonlySet<unknown> = new Set(['EAUTH', 'ENOAUTH', 'EOAUTH2']);

/**
 * A reply's enhanced status (RFC 3463) says what failed: X.1 the address, X.2 the mailbox, X.7 a policy.
 * @throws ProviderFault where the server failed rather than the message
 */
function outcomeOfSmtp(error: unknown): ChannelOutcome {
  const { code, originalCode, responseCode, response, command, syscall, timeoutType } = fieldsOf(error);
  if (credentials.has(code)) throw new ProviderFault(later('credentials-refused'));
  if (typeof responseCode === 'number' && responseCode >= 400) {
    const enhanced = /^\d{3}[ -]([45]\.\d{1,3}\.\d{1,3})/.exec(String(response))?.[1];
    const reason = `smtp-${responseCode}${enhanced === undefined ? '' : `-${enhanced}`}`;
    const isPermanent = responseCode >= 500;
    const names = command === 'RCPT TO' || (enhanced?.startsWith('5.1.') ?? false);
    // 421: the server closes; what it says is not about this message.
    if (responseCode === 421 || !(code === 'EENVELOPE' || code === 'EMESSAGE')) {
      throw new ProviderFault(later(reason));
    }
    if (!isPermanent) return later(reason);
    return {
      outcome: 'failed',
      reason,
      permanent: true,
      ...(names && isAddressFault(enhanced) && { suppress: 'hard-bounce' }),
    };
  }
  const isUnsent =
    [code, syscall, timeoutType].some((what) => beforeMessage.has(what)) ||
    neverConnected.test(String(originalCode));
  if (isUnsent) throw new ProviderFault(later('unreachable'));
  if (code === 'EENVELOPE' && command === 'API') return invalidAddress;
  throw new ProviderFault(lastSteps.has(command) ? undefined : later('connection-lost'));
}

/** No such mailbox, domain or address; or a mailbox that is closed for good. Without a code, a refused recipient is one. */
function isAddressFault(enhanced: string | undefined): boolean {
  return enhanced === undefined || /^5\.(1\.(1|2|3|6|10)|2\.1)$/.test(enhanced);
}

interface SmtpErrorFields {
  readonly code?: unknown;
  /** Of a socket's failure. */
  readonly originalCode?: unknown;
  readonly responseCode?: unknown;
  readonly response?: unknown;
  readonly command?: unknown;
  readonly syscall?: unknown;
  readonly timeoutType?: unknown;
}

function fieldsOf(error: unknown): SmtpErrorFields {
  return typeof error === 'object' && error !== null ? error : {};
}
