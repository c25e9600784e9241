/** What is wrong with a rule, by its name. */
export class RuleError extends Error {
  override name = 'RuleError';

  constructor(
    readonly rule: string,
    sentence: string,
  ) {
    super(`rule ${rule}: ${sentence}`);
  }
}
