import {
  MongoBulkWriteError,
  MongoError,
  MongoErrorLabel,
  MongoNetworkError,
  MongoServerError,
} from 'mongodb';

/**
 * Answers of a server that may do the same later: it shuts down, steps down, elects another, has too much to do, or stopped
 * what it was doing, a query whose cursor went with its primary for one. That a write was carried out and may yet be rolled
 * back is among them. https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
 */
const passingCodes: ReadonlySet<number> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  24, // LockTimeout
  43, // CursorNotFound
  50, // MaxTimeMSExpired
  64, // WriteConcernTimeout
  89, // NetworkTimeout
  91, // ShutdownInProgress
  112, // WriteConflict
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  150, // StaleEpoch
  175, // QueryPlanKilled
  189, // PrimarySteppedDown
  202, // NetworkInterfaceExceededTimeLimit
  237, // CursorKilled
  262, // ExceededTimeLimit
  276, // IndexBuildAborted
  279, // ClientDisconnect
  355, // InterruptedDueToStorageChange
  365, // TemporarilyUnavailable
  402, // ResourceExhausted
  407, // PooledConnectionAcquisitionExceededTimeLimit
  433, // AdmissionQueueOverflow
  449, // RateLimitExceeded
  9001, // SocketException
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11601, // Interrupted
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  12587, // BackgroundOperationInProgressForNamespace
  13388, // StaleConfig
  13436, // NotPrimaryOrSecondary
]);
const refusalCodes: ReadonlySet<number> = new Set([
  13, // Unauthorized
  18, // AuthenticationFailed
  8000, // what Atlas says in place of it
]);
const passingNames: ReadonlySet<string> = new Set([
  'MongoServerSelectionError',
  'MongoWaitQueueTimeoutError',
  'MongoTopologyClosedError',
  'MongoClientClosedError',
  'MongoExpiredSessionError',
]);
const duplicateKey = 11000;

/** Whether the same operation may succeed when it is asked for again; whether it was carried out is not known. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof MongoError)) return isOfTheSystem(error);
  if (error instanceof MongoNetworkError || passingNames.has(error.name)) return true;
  if (
    error.hasErrorLabel(MongoErrorLabel.RetryableWriteError) ||
    error.hasErrorLabel(MongoErrorLabel.PoolRequestedRetry)
  )
    return true;
  if (codesOf(error).some((code) => passingCodes.has(code))) return true;
  // What went wrong below a bulk of writes stands in place of the server's answer.
  return error instanceof MongoBulkWriteError && isPassing(error.errorResponse);
}

/** The server knows us not, or does not let us. */
export function isRefusal(error: unknown): boolean {
  return error instanceof MongoError && codesOf(error).some((code) => refusalCodes.has(code));
}

/**
 * Every document that was refused has the id of one that is there, and the others are written for good: of a write concern
 * that was not met beside them the driver tells first.
 */
export function isDuplicateKey(error: unknown): boolean {
  if (error instanceof MongoBulkWriteError) {
    const faults = [error.writeErrors].flat();
    return faults.length > 0 && faults.every(({ code }) => code === duplicateKey);
  }
  return error instanceof MongoServerError && error.code === duplicateKey;
}

/** For `catch`: what is written again, since its answer was lost, or was written by another, is there. */
export function unlessDuplicate(error: unknown): void {
  if (!isDuplicateKey(error)) throw error;
}

/** The server's own words may quote documents: what goes into errors and logs is its code's name alone. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { codeName, name } = error as Error & { readonly codeName?: unknown };
  return typeof codeName === 'string' ? codeName : name;
}

function codesOf(error: MongoError): readonly number[] {
  const codes: unknown[] = [error.code];
  if (error instanceof MongoServerError) codes.push(error.errorResponse?.writeConcernError?.code);
  if (error instanceof MongoBulkWriteError) codes.push(...[error.writeErrors].flat().map(({ code }) => code));
  return codes.filter((code) => typeof code === 'number');
}

/** A socket that was reset while it was written to, or a name that was not resolved: the driver hands these on as they are. */
function isOfTheSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
