/** What is wrong with the configuration, in one line that names the variable and what to do; never its value. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}
