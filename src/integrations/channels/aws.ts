import { AwsClient } from 'aws4fetch';

export interface AwsCredentials {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** Signs requests (Signature Version 4); sending them again is not for the library to decide. */
export function awsSigner(
  { sessionToken, ...credentials }: AwsCredentials,
  service: 'ses' | 'sns',
): AwsClient {
  return new AwsClient({
    ...credentials,
    service,
    retries: 0,
    ...(sessionToken !== undefined && { sessionToken }),
  });
}
