/** `analysis-<tenant>_<subject>`: one stream a person, under the pseudonym of their main journey. */
export function analysisStreamName(tenantId: string, subject: string): string {
  return `analysis-${tenantId}_${subject}`;
}

export function isAnalysisStream(streamName: string): boolean {
  return streamName.startsWith('analysis-');
}
